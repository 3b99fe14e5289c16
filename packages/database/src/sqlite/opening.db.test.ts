import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { expect, onTestFinished, test } from "vitest";
import { openDatabase } from "../index.ts";

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "revops-opening-"));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

test("processes that make the same file at the same moment all open it", { timeout: 60_000 }, async () => {
  const directory = await folder();
  const children = Array.from({ length: 4 }, () =>
    fork(new URL("../../test/opening-process.ts", import.meta.url), { execArgv: ["--conditions=source"] }),
  );
  onTestFinished(() => void children.map((child) => child.kill()));
  const answers = () => Promise.all(children.map(async (child) => (await once(child, "message"))[0]));
  await answers();
  for (let round = 0; round < 10; round++) {
    const answered = answers();
    const at = Date.now() + 50;
    for (const child of children) child.send({ url: `file:${directory}/${round}.db`, at });
    expect(await answered).toEqual(["opened", "opened", "opened", "opened"]);
  }
});

test("folders are made on the way, and the reader sees a table as soon as it is there", async () => {
  const database = openDatabase({ url: `file:${join(await folder(), "a", "b", "new.db")}` });
  onTestFinished(() => database.close());
  expect(await database.rows(sql`select name from sqlite_master`)).toEqual([]);
  await database.rows(sql`create table fresh (id text)`);
  expect(await database.rows(sql`select * from fresh`)).toEqual([]);
});

test("what was deleted is not left in the file, by the thread that writes neither", async () => {
  const path = join(await folder(), "kept.db");
  const database = openDatabase({ url: `file:${path}` });
  await database.rows(sql`create table letters (id integer primary key, body text not null) strict`);
  // Enough of them to free whole pages, and in one that is longer than a page.
  const bodies = [
    ...Array.from({ length: 200 }, (_, n) => `secret of ${n} ${"x".repeat(n)}`),
    "y secret ".repeat(2_000),
  ];
  for (const body of [...bodies, "kept"]) await database.rows(sql`insert into letters (body) values (${body})`);
  await database.rows(sql`delete from letters where body like '%secret%' and id % 2 = 0`);
  await expect.poll(() => database.thread?.isUp(), { timeout: 10_000 }).toBe(true);
  await database.thread?.transaction((tx) => tx.rows(sql`delete from letters where body like '%secret%'`));
  await database.close();
  const bytes = await readFile(path, "latin1");
  expect(bytes).toContain("kept");
  expect(bytes).not.toContain("secret");
});
