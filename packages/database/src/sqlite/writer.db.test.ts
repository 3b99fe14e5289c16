import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Sqlite from "better-sqlite3";
import { sql } from "drizzle-orm";
import { expect, onTestFinished, test } from "vitest";
import { constraintViolation, openDatabase, type WriteStep } from "../index.ts";

const take: WriteStep["sql"] = "update stock set amount = amount - ? where id = ? and amount > 0 returning amount";
const note: WriteStep["sql"] = "insert into sales (id) values (?)";
const takes = (amount: number, id: string): WriteStep => ({ sql: take, times: 1, parameters: [amount, id] });

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
  const { thread } = database;
  if (!thread) throw new Error("A file has a thread.");
  const amounts = async () =>
    (await database.rows<{ amount: number }>(sql`select amount from stock order by id`)).map(({ amount }) => amount);
  expect(thread.isUp()).toBe(false);
  await expect.poll(() => thread.isFree(), { timeout: 10_000 }).toBe(true);
  expect(thread.isUp()).toBe(true);
  return { url, database, thread, amounts };
}

test("steps are stored together, and give their rows; where one changes nothing, nothing of all is stored", async () => {
  const { thread, amounts } = await openStock();
  const both = { sql: take, times: 2, parameters: [1, ["a", "b"]] } as const;
  expect(await thread.write([both, { sql: note, times: 2, parameters: [["s1", "s2"]] }])).toEqual([[[4], [0]], []]);
  expect(await amounts()).toEqual([4, 0]);
  expect(await thread.write([{ sql: note, times: 1, parameters: ["s3"] }, both])).toBeNull();
  expect(await amounts()).toEqual([4, 0]);
});

test("a step takes pieces of bytes, and what a step before it returned, in turn or by their places", async () => {
  const { database, thread } = await openStock();
  await database.rows(sql`create table sold (key blob, of blob, was integer, price integer) strict`);
  // A part of memory that much else shares.
  const keys = Buffer.from("_aabbcc_").subarray(1, 7);
  const ends = { bytes: Buffer.from("xyz"), length: 1 };
  expect(
    await thread.write([
      {
        sql: "update stock set amount = amount * 10 where id = ? returning id, amount",
        times: 2,
        parameters: [["a", "b"]],
      },
      {
        sql: "insert into sold values (?, ?, ?, ?)",
        times: 3,
        parameters: [
          { bytes: keys, length: 2 },
          { ...ends, places: [2, 0, 2] },
          { step: 0, column: 1, places: [1, 1, 0] },
          [7, null, 9],
        ],
      },
      { sql: "insert into sold (was) values (?)", times: 2, parameters: [{ step: 0, column: 1 }] },
    ]),
  ).toEqual([
    [
      ["a", 50],
      ["b", 10],
    ],
    [],
    [],
  ]);
  expect(
    await database.rows(sql`select cast(key as text) as key, cast(of as text) as of, was, price from sold`),
  ).toEqual([
    { key: "aa", of: "z", was: 10, price: 7 },
    { key: "bb", of: "x", was: 10, price: null },
    { key: "cc", of: "z", was: 50, price: 9 },
    { key: null, of: null, was: 50, price: null },
    { key: null, of: null, was: 10, price: null },
  ]);
});

test("an error stores nothing, has the driver's code, and the next write goes on", async () => {
  const { thread, amounts } = await openStock();
  const broken = thread.write([takes(1, "a"), { sql: note, times: 2, parameters: ["s1"] }]);
  await expect(broken).rejects.toMatchObject({ code: "SQLITE_CONSTRAINT_PRIMARYKEY" });
  expect(await amounts()).toEqual([5, 1]);
  expect(await thread.write([takes(2, "a")])).toEqual([[[3]]]);
});

test("it is not free while a transaction is open, which may wait for the answer; inside of one, it throws", async () => {
  const { database, thread, amounts } = await openStock();
  const outside = Promise.withResolvers<void>();
  const open = database.transaction(async (tx) => {
    await outside.promise;
    await expect(thread.write([])).rejects.toMatchObject({ code: "handle_outside_transaction" });
    await tx.rows(sql`update stock set amount = 9 where id = 'b'`);
  });
  expect(thread.isFree()).toBe(false);
  outside.resolve();
  await open;
  expect(thread.isFree()).toBe(true);
  expect(await thread.write([takes(4, "b")])).toEqual([[[5]]]);
  expect(await amounts()).toEqual([5, 5]);
});

test("a transaction waits for the thread, and either sees what the other has stored", async () => {
  const { database, thread } = await openStock();
  const [rows, seen] = await Promise.all([
    thread.write([takes(1, "a")]),
    database.transaction((tx) =>
      tx.rows<{ amount: number }>(sql`update stock set amount = amount - 1 where id = 'a' returning amount`),
    ),
  ]);
  expect(rows).toEqual([[[4]]]);
  expect(seen).toEqual([{ amount: 3 }]);
  expect(await thread.write([takes(1, "a")])).toEqual([[[2]]]);
});

test("another's lock is waited for outside of the event loop, or whoever holds it could not go on", async () => {
  const { url, thread } = await openStock();
  const other = openDatabase({ url });
  onTestFinished(() => other.close());
  const { taken } = await other.transaction(async (tx) => {
    await tx.rows(sql`update stock set amount = 7 where id = 'a'`);
    const taken = thread.write([takes(1, "a")]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    return { taken };
  });
  expect(await taken).toEqual([[[6]]]);
});

test("a transaction of the thread decides by what it reads, takes all kinds of values, and is seen once it is committed", async () => {
  const { database, thread } = await openStock();
  await database.rows(sql`create table notes (at integer, urgent integer, bytes blob, amount integer) strict`);
  const hints: string[] = [];
  const left = await thread.transaction(async (tx) => {
    const [row] = await tx.rows<{ amount: number }>(sql`update stock set amount = 3 where id = 'a' returning amount`);
    const bytes = Buffer.from([0, 255, 7]);
    await tx.rows(sql`insert into notes values (${new Date(5)}, ${true}, ${bytes}, ${row?.amount})`);
    expect(await tx.rows(sql`select * from notes`)).toEqual([{ at: 5, urgent: 1, bytes, amount: 3 }]);
    expect(thread.isFree()).toBe(false);
    tx.afterCommit(() => hints.push("committed"));
    expect(hints).toEqual([]);
    return row?.amount;
  });
  expect(left).toBe(3);
  expect(hints).toEqual(["committed"]);
  expect(await database.rows(sql`select amount from notes`)).toEqual([{ amount: 3 }]);
});

test("one that fails stores nothing, says what the driver said, and leaves the thread to the next", async () => {
  const { database, thread, amounts } = await openStock();
  const failing = (work: string) =>
    thread.transaction(async (tx) => {
      await tx.rows(sql`update stock set amount = 0`);
      if (work === "throws") throw new Error("changed my mind");
      await tx.rows(sql`insert into stock values ('a', 1)`);
    });
  await expect(failing("throws")).rejects.toThrow("changed my mind");
  const refused = await failing("repeats").catch((error: unknown) => error);
  expect(constraintViolation(refused)).toEqual({ kind: "unique", name: "stock_id_unique" });
  await expect(thread.transaction(async ({ connection }) => connection)).rejects.toMatchObject({
    code: "handle_outside_transaction",
  });
  await expect(thread.transaction(() => database.rows(sql`select 1`))).rejects.toMatchObject({
    code: "handle_outside_transaction",
  });
  const ended = await thread.transaction(async (tx) => tx);
  await expect(ended.rows(sql`select 1`)).rejects.toMatchObject({ code: "handle_outside_transaction" });
  expect(await amounts()).toEqual([5, 1]);
  await thread.transaction((tx) => tx.rows(sql`update stock set amount = 9 where id = 'b'`));
  expect(await amounts()).toEqual([5, 9]);
});

test("transactions of either kind and steps wait for each other, so that none is lost", async () => {
  const { database, thread, amounts } = await openStock();
  const add = async (by: Pick<typeof database, "transaction">) =>
    by.transaction(async (tx) => {
      const [row] = await tx.rows<{ amount: number }>(sql`select amount from stock where id = 'a'`);
      await tx.rows(sql`update stock set amount = ${(row?.amount ?? 0) + 1} where id = 'a'`);
    });
  const steps = () => thread.write([takes(-1, "a")]);
  await Promise.all(Array.from({ length: 10 }, () => [add(database), add(thread), steps()]).flat());
  expect(await amounts()).toEqual([35, 1]);
});

test("what was answered is there after the process was killed, and of what was not there is all or nothing", async () => {
  const { url, database } = await openStock();
  const child = fork(new URL("../../test/writing-process.ts", import.meta.url), [url], {
    execArgv: ["--conditions=source"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let answered = 0;
  child.on("message", (n) => {
    answered = Number(n);
    // In the middle of the next ones.
    if (answered >= 40) child.kill("SIGKILL");
  });
  await once(child, "exit");
  const stored = async (like: string) =>
    (await database.rows<{ n: number }>(sql`select count(*) as n from sales where id like ${like}`))[0]?.n ?? 0;
  const [first, second] = [await stored("first %"), await stored("second %")];
  expect(answered).toBeGreaterThanOrEqual(40);
  expect(first).toBeGreaterThanOrEqual(answered);
  expect(second).toBe(first);
});

test("the log is emptied beside the event loop, later where somebody reads, and with it goes what was deleted", async () => {
  const { url, database } = await openStock();
  const log = `${fileURLToPath(url)}-wal`;
  const emptyLog = database.emptyLog ?? (() => Promise.reject(new Error("A file has a log.")));
  const secret = "ada@example.com";
  await database.rows(sql`insert into sales values (${secret})`);
  await database.rows(sql`delete from sales where id = ${secret}`);
  expect(await readFile(log, "latin1")).toContain(secret);
  await expect(database.transaction(() => emptyLog())).rejects.toMatchObject({ code: "handle_outside_transaction" });

  const other = new Sqlite(fileURLToPath(url));
  onTestFinished(() => void other.close());
  const reading = other.prepare("select id from stock").iterate();
  reading.next();
  await database.rows(sql`insert into sales values ('s1')`);
  await expect(emptyLog()).rejects.toMatchObject({ code: "database_busy" });
  reading.return?.();
  // Writes that come meanwhile wait, and are there.
  await Promise.all([emptyLog(), database.rows(sql`insert into sales values ('s2')`)]);
  for (const file of [log, fileURLToPath(url)]) expect(await readFile(file, "latin1")).not.toContain(secret);
  expect(await database.rows(sql`select id from sales order by id`)).toEqual([{ id: "s1" }, { id: "s2" }]);
});

test("the log is emptied though the thread was not asked for before", async () => {
  const folder = await mkdtemp(join(tmpdir(), "revops-writer-"));
  const database = openDatabase({ url: `file:${join(folder, "stock.db")}` });
  onTestFinished(async () => {
    await database.close();
    await rm(folder, { recursive: true });
  });
  await database.rows(sql`create table stock (id text primary key) strict`);
  await database.emptyLog?.();
  expect((await stat(join(folder, "stock.db-wal"))).size).toBe(0);
  expect(openDatabase({ url: ":memory:" }).emptyLog).toBeUndefined();
});
