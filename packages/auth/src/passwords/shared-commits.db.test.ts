import { openDatabase, type Tx } from "@revops/database";
import { forEachDatabase } from "@revops/testing/vitest";
import { sql } from "drizzle-orm";
import { expect, onTestFinished, test } from "vitest";
import { watchStatements } from "../../test/statements.ts";
import { createSharedCommits } from "./shared-commits.ts";

forEachDatabase("commits of a crowd", (open, dialect) => {
  async function start(isCrowded: () => boolean) {
    const database = openDatabase({ url: (await open()).url });
    onTestFinished(() => database.close());
    await database.rows(sql`create table done (n integer primary key)`);
    const { run } = createSharedCommits(database, isCrowded);
    const insert = (n: number) => async (tx: Tx) => {
      await tx.rows(sql`insert into done values (${n})`);
      return n;
    };
    const log = await watchStatements(database);
    const commits = async (work: () => Promise<unknown>) =>
      (await log.of(work)).filter((statement) => statement.startsWith("commit")).length;
    const threadUp = () => expect.poll(() => database.thread?.isUp() ?? true, { timeout: 10_000 }).toBe(true);
    const done = async () => (await database.rows<{ n: number }>(sql`select n from done order by n`)).map(({ n }) => n);
    return { database, run, insert, commits, done, threadUp };
  }
  const some = (count: number) => Array.from({ length: count }, (_, n) => n);

  test("are shared by sixteen on SQLite, and each has its own result", async () => {
    const { run, insert, commits, done } = await start(() => true);
    // All of them before the thread that the first one asks for has started.
    const count = await commits(async () => {
      expect(await Promise.all(some(32).map((n) => run(insert(n))))).toEqual(some(32));
    });
    expect(count).toBe(dialect === "sqlite" ? 2 : 32);
    expect(await done()).toEqual(some(32));
  });

  test("are made by the thread once it has started, and not by the event loop", async () => {
    const { run, insert, commits, done, threadUp } = await start(() => true);
    await run(insert(100));
    await threadUp();
    const count = await commits(async () => {
      expect(await Promise.all(some(20).map((n) => run(insert(n))))).toEqual(some(20));
    });
    expect(count).toBe(dialect === "sqlite" ? 0 : 20);
    expect(await done()).toEqual([...some(20), 100]);
  });

  test("are of works that see one another's, in the thread too", async () => {
    const { run, done, threadUp } = await start(() => true);
    const next = (kind: string) => async (tx: Tx) => {
      const [last] = await tx.rows<{ n: number }>(sql`select coalesce(max(n), 0) as n from done`);
      // On PostgreSQL each has its own transaction, and counts on its own.
      await tx.rows(sql`insert into done values (${Number(last?.n) + 1}) on conflict do nothing`);
      return kind;
    };
    await run(next("first"));
    await threadUp();
    await Promise.all(some(20).map(() => run(next("crowd"))));
    if (dialect === "sqlite") expect(await done()).toEqual(some(22).slice(1));
  });

  test("wait for nobody when there is no crowd", async () => {
    const { run, insert, commits } = await start(() => false);
    expect(await commits(() => Promise.all(some(3).map((n) => run(insert(n)))))).toBe(3);
  });

  test("one that fails takes nobody along, in the thread too", async () => {
    const { run, insert, done, threadUp } = await start(() => true);
    await threadUp();
    const results = await Promise.allSettled([1, 2, 2, 3].map((n) => run(insert(n))));
    // Which of the two that say the same comes first is the database's to say.
    expect(results.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "fulfilled", "fulfilled", "rejected"]);
    expect(results[0]?.status).toBe("fulfilled");
    expect(results[3]?.status).toBe("fulfilled");
    expect(await done()).toEqual([1, 2, 3]);
  });

  test("are refused inside a transaction, which they would not be part of", async () => {
    const { database, run, insert } = await start(() => true);
    await expect(database.transaction(async () => run(insert(1)))).rejects.toMatchObject({
      code: "handle_outside_transaction",
    });
  });
});
