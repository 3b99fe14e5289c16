import { DatabaseSync } from "node:sqlite";
import { testClock } from "@revops/testing";
import { forEachDatabase } from "@revops/testing/vitest";
import { Client } from "pg";
import { expect, onTestFinished, test } from "vitest";

forEachDatabase("a trial", (open) => {
  test("ends after fourteen days", async () => {
    const clock = testClock("2026-02-20T00:00:00Z");
    const database = await connect(await open());
    await database.run(`create table trials (ends_at text)`);
    await database.run(`insert into trials values ('2026-03-06T00:00:00.000Z')`);

    clock.advance(14 * 86_400_000);
    const over = `select count(*) as n from trials where ends_at <= '${clock.now().toISOString()}'`;
    expect(await database.run(over)).toEqual([{ n: 1 }]);
  });
});

/** Your own way to open a database goes here; `@revops/database` does it for both from the URL alone. */
async function connect({ dialect, url }: { dialect: string; url: string }) {
  if (dialect === "sqlite") {
    const sqlite = new DatabaseSync(new URL(url));
    onTestFinished(() => sqlite.close());
    return {
      run: async (sql: string) =>
        sqlite
          .prepare(sql)
          .all()
          .map((row) => ({ ...row })),
    };
  }
  const postgres = new Client({
    connectionString: url,
    types: { getTypeParser: () => (text: string) => Number(text) },
  });
  await postgres.connect();
  onTestFinished(() => postgres.end());
  return { run: async (sql: string) => (await postgres.query(sql)).rows };
}
