import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
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
