import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { Client } from "pg";
import { expect, inject, test } from "vitest";
import { forEachDatabase } from "../vitest.ts";
import { createTestDatabase } from "./databases.ts";

forEachDatabase("a test database", (open, dialect) => {
  let earlier: string | undefined;

  test("says where it is", async () => {
    const database = await open();
    earlier = database.url;
    expect(database.dialect).toBe(dialect);
    expect(database.url).toMatch(
      dialect === "sqlite" ? /^file:\/.+test\.db$/ : /^postgres:\/\/.+\/revops_test_[0-9a-f]{16}$/,
    );
  });

  test("is gone after its test, so no test sees another's rows", async () => {
    if (earlier === undefined) throw new Error("the test before this one opens the database");
    if (dialect === "sqlite") {
      expect(existsSync(dirname(earlier.slice("file:".length)))).toBe(false);
      return;
    }
    await expect(query(earlier, "select 1")).rejects.toThrow(/does not exist/);
  });

  test("is another one at each open", async () => {
    const urls = await Promise.all([open(), open(), open()]).then((all) => all.map(({ url }) => url));
    expect(new Set(urls).size).toBe(3);
  });
});

test("PostgreSQL compares text byte by byte, as SQLite does", async () => {
  const database = await createTestDatabase({ dialect: "postgres", adminUrl: inject("revopsPostgresUrl") });
  const rows = await query(
    database.url,
    "select 'B' < 'a' as bytewise, current_setting('server_encoding') as encoding",
  );
  await database.remove();
  expect(rows).toEqual([{ bytewise: true, encoding: "UTF8" }]);
});

test("a connection somebody forgot does not keep a database alive", async () => {
  const database = await createTestDatabase({ dialect: "postgres", adminUrl: inject("revopsPostgresUrl") });
  const forgotten = new Client({ connectionString: database.url });
  const ended = new Promise<Error>((resolve) => forgotten.on("error", resolve));
  await forgotten.connect();
  await database.remove();
  expect(String(await ended)).toMatch(/terminat/);
});

test("a postgres database without a server is refused with what is missing", async () => {
  await expect(createTestDatabase({ dialect: "postgres" })).rejects.toThrow(/adminUrl/);
});

async function query(url: string, statement: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  const { rows } = await client.query(statement).finally(() => client.end());
  return rows;
}
