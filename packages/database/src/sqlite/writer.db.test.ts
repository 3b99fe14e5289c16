import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { expect, onTestFinished, test } from "vitest";
import { openDatabase, type WriteStep } from "../index.ts";

const take: WriteStep["sql"] = "update stock set amount = amount - ? where id = ? and amount > 0 returning amount";
const note: WriteStep["sql"] = "insert into sales (id) values (?)";

async function openStock() {
  const folder = await mkdtemp(join(tmpdir(), "revops-writer-"));
  const url = `file:${join(folder, "stock.db")}`;
  const database = openDatabase({ url });
  onTestFinished(async () => {
    await database.close();
    await rm(folder, { recursive: true });
  });
  await database.rows(sql`create table stock (id text primary key, amount integer not null) strict`);
  await database.rows(sql`create table sales (id text primary key) strict`);
  await database.rows(sql`insert into stock values ('a', 5), ('b', 1)`);
  const { writeInThread } = database;
  if (!writeInThread) throw new Error("A file has a thread.");
  const amounts = async () =>
    (await database.rows<{ amount: number }>(sql`select amount from stock order by id`)).map(({ amount }) => amount);
  return { url, database, write: writeInThread, amounts };
}

/** Writes as soon as the thread has started. */
async function writeOnceUp(write: Awaited<ReturnType<typeof openStock>>["write"], steps: readonly WriteStep[]) {
  await expect.poll(() => write([])).toEqual([]);
  return write(steps);
}

test("steps are stored together, and give their rows; where one changes nothing, nothing of all is stored", async () => {
  const { write, amounts } = await openStock();
  expect(await write([{ sql: take, runs: [[1, "a"]] }])).toBeNull();
  expect(await amounts()).toEqual([5, 1]);
  const both = [
    [1, "a"],
    [1, "b"],
  ] as const;
  expect(
    await writeOnceUp(write, [
      { sql: take, runs: both },
      { sql: note, runs: [["s1"], ["s2"]] },
    ]),
  ).toEqual([[[4], [0]], []]);
  expect(await amounts()).toEqual([4, 0]);
  expect(
    await write([
      { sql: note, runs: [["s3"]] },
      { sql: take, runs: both },
    ]),
  ).toBeNull();
  expect(await amounts()).toEqual([4, 0]);
});

test("an error stores nothing, has the driver's code, and the next write goes on", async () => {
  const { write, amounts } = await openStock();
  const broken = writeOnceUp(write, [
    { sql: take, runs: [[1, "a"]] },
    { sql: note, runs: [["s1"], ["s1"]] },
  ]);
  await expect(broken).rejects.toMatchObject({ code: "SQLITE_CONSTRAINT_PRIMARYKEY" });
  expect(await amounts()).toEqual([5, 1]);
  expect(await write([{ sql: take, runs: [[2, "a"]] }])).toEqual([[[3]]]);
});

test("while a transaction is open it says so at once, since that one may wait for the answer; inside, it throws", async () => {
  const { database, write, amounts } = await openStock();
  await writeOnceUp(write, []);
  const outside = Promise.withResolvers<void>();
  const open = database.transaction(async (tx) => {
    await outside.promise;
    await expect(write([])).rejects.toMatchObject({ code: "handle_outside_transaction" });
    await tx.rows(sql`update stock set amount = 9 where id = 'b'`);
  });
  expect(await write([{ sql: take, runs: [[1, "a"]] }])).toBeNull();
  outside.resolve();
  await open;
  expect(await write([{ sql: take, runs: [[4, "b"]] }])).toEqual([[[5]]]);
  expect(await amounts()).toEqual([5, 5]);
});

test("a transaction waits for the thread, and either sees what the other has stored", async () => {
  const { database, write } = await openStock();
  await writeOnceUp(write, []);
  const [rows, seen] = await Promise.all([
    write([{ sql: take, runs: [[1, "a"]] }]),
    database.transaction((tx) =>
      tx.rows<{ amount: number }>(sql`update stock set amount = amount - 1 where id = 'a' returning amount`),
    ),
  ]);
  expect(rows).toEqual([[[4]]]);
  expect(seen).toEqual([{ amount: 3 }]);
  expect(await write([{ sql: take, runs: [[1, "a"]] }])).toEqual([[[2]]]);
});

test("another process's lock is waited for outside of the event loop", async () => {
  const { url, write } = await openStock();
  const other = openDatabase({ url });
  await writeOnceUp(write, []);
  let turns = 0;
  const counting = setInterval(() => turns++, 1);
  await other.transaction(async (tx) => {
    await tx.rows(sql`update stock set amount = 7 where id = 'a'`);
    void write([{ sql: take, runs: [[1, "a"]] }]);
    await new Promise((resolve) => setTimeout(resolve, 100));
  });
  clearInterval(counting);
  expect(turns).toBeGreaterThan(20);
  await expect.poll(() => other.rows(sql`select amount from stock where id = 'a'`)).toEqual([{ amount: 6 }]);
  await other.close();
});
