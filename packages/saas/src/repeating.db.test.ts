import { setTimeout as delay } from "node:timers/promises";
import { repeating } from "@revops/database";
import { forEachDatabase } from "@revops/testing/vitest";
import { asc, eq, sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { openWorld } from "../test/world.ts";
import { saasTables } from "./schema.ts";

forEachDatabase("transactions that wait for each other", (open) => {
  test("both end well: the one that is given up is run again", async () => {
    const { database } = await openWorld(open);
    const { counters } = saasTables(database.dialect);
    const of = { subjectId: "usr_1", feature: "call", periodStart: new Date(0), used: 0, entries: 0 };
    const [one, other] = [Buffer.alloc(16, 1), Buffer.alloc(16, 2)];
    await database.db.insert(counters).values([one, other].map((key) => ({ key, ...of })));
    let attempts = 0;
    const takeBoth = (...keys: readonly Buffer[]) =>
      repeating(database).transaction(async (tx) => {
        attempts += 1;
        for (const key of keys) {
          // By the builder, which puts the database's error into one of its own.
          await tx.db
            .update(counters)
            .set({ used: sql`${counters.used} + 1` })
            .where(eq(counters.key, key));
          // For as long as the other needs to take its first: then each waits for the other.
          await delay(200);
        }
      });
    await Promise.all([takeBoth(one, other), takeBoth(other, one)]);
    const rows = await database.db.select({ used: counters.used }).from(counters).orderBy(asc(counters.key));
    expect(rows).toEqual([{ used: 2 }, { used: 2 }]);
    // On SQLite the second begins when the first has ended.
    expect(attempts).toBe(database.dialect === "postgres" ? 3 : 2);
  });

  test("what fails for a reason of its own is not run again", async () => {
    const { database } = await openWorld(open);
    let attempts = 0;
    const work = repeating(database).transaction(async () => {
      attempts += 1;
      throw new Error("no");
    });
    await expect(work).rejects.toThrow("no");
    expect(attempts).toBe(1);
  });
});
