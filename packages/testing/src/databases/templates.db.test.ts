import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { forEachDatabase, type Template } from "../vitest.ts";
import type { TestDatabase } from "./databases.ts";
import { execute } from "./execute.ts";

forEachDatabase("a database from a template", (open, dialect) => {
  let prepared = 0;
  const notes: Template = {
    name: `notes of ${dialect}`,
    async prepare(database) {
      prepared += 1;
      await run(database, "create table notes (text text)");
      await run(database, "insert into notes values ('first')");
    },
  };

  test("has what was prepared, and what one test writes is not in another's", async () => {
    const first = await open(notes);
    await run(first, "insert into notes values ('mine')");
    const [second, third] = await Promise.all([open(notes), open(notes)]);
    expect(await run(first, "select text from notes")).toEqual([{ text: "first" }, { text: "mine" }]);
    for (const other of [second, third]) {
      expect(await run(other, "select text from notes")).toEqual([{ text: "first" }]);
    }
    expect(prepared).toBe(1);
  });

  test("is prepared by each of those who are first at once, and is one all the same", async () => {
    let begun = 0;
    const slow: Template = {
      name: `slow of ${dialect}`,
      async prepare(database) {
        begun += 1;
        await run(database, `create table number_${begun} (text text)`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      },
    };
    await Promise.all([open(slow), open(slow), open(slow)]);
    expect(begun).toBe(3);
    const tables = async () =>
      run(
        await open(slow),
        dialect === "sqlite"
          ? "select name from sqlite_master"
          : "select tablename as name from pg_tables where schemaname = 'public'",
      );
    const kept = await tables();
    expect(kept).toHaveLength(1);
    expect(await tables()).toEqual(kept);
    expect(begun).toBe(3);
  });

  test("is not kept where preparing failed", async () => {
    const broken: Template = {
      name: `broken of ${dialect}`,
      prepare: () => Promise.reject(new Error("no migrations")),
    };
    await expect(open(broken)).rejects.toThrow("no migrations");
    const mended = await open({ ...broken, prepare: async (database) => void (await run(database, "select 1")) });
    expect(await run(mended, "select 1 as one")).toEqual([{ one: 1 }]);
  });
});

async function run({ dialect, url }: TestDatabase, statement: string): Promise<Record<string, unknown>[]> {
  if (dialect === "sqlite") {
    const sqlite = new DatabaseSync(new URL(url));
    const rows = sqlite.prepare(statement).all();
    sqlite.close();
    return rows.map((row) => ({ ...row }));
  }
  return execute(url, statement);
}
