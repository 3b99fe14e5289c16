import { defineTables, openDatabase } from "@revops/database";
import { forEachDatabase } from "@revops/testing/vitest";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";

const tables = defineTables((c) => ({
  notes: c.table("app_notes", { id: c.text().primaryKey(), writtenAt: c.time().notNull() }),
}));

forEachDatabase("the README's example", (open) => {
  test("what is written in a transaction is kept or dropped as a whole", async () => {
    const { url } = await open(); // file:./data/app.db or postgres://…
    const database = openDatabase({ url });
    const { notes } = tables(database.dialect);
    // Yours are migrations, a file for each dialect: `migrate()` applies them.
    const time = sql.raw(database.dialect === "sqlite" ? "integer" : "timestamptz");
    await database.rows(sql`create table app_notes (id text primary key, written_at ${time} not null)`);

    const failed = database.transaction(async (tx) => {
      await tx.db.insert(notes).values({ id: "a", writtenAt: new Date(0) });
      throw new Error("the card was declined");
    });
    await expect(failed).rejects.toThrow("declined");
    expect(await database.db.select().from(notes)).toEqual([]);
    await database.close();
  });
});
