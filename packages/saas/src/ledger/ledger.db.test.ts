import { forEachDatabase } from "@revops/testing/vitest";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { openSmall } from "../../test/world.ts";

const subjectId = "usr_1";

forEachDatabase("the ledger", (open) => {
  test.each([
    ["a changed balance", "update saas_counters set used = used + 1", { counted: 6, ledger: 5, events: 5 }],
    ["a changed entry", "update saas_ledger set quantity = quantity + 1", { counted: 5, ledger: 6, events: 5 }],
    ["a lost entry", "delete from saas_ledger", { counted: 5, ledger: 0, missingEntries: 1 }],
    ["a lost event", "delete from saas_events", { counted: 5, ledger: 5, events: 0 }],
  ])("names %s", async (_what, damage, difference) => {
    const { saas, database } = await openSmall(open);
    await saas.quotas.consume({ subjectId, feature: "call", quantity: 5 });
    await saas.entitlements.open({ subjectId: "usr_2" });
    expect(await saas.ledger.verify()).toEqual([]);
    await database.rows(sql.raw(damage));
    const periodStart = new Date("2026-01-31T12:00:00Z");
    expect(await saas.ledger.verify()).toMatchObject([{ subjectId, feature: "call", periodStart, ...difference }]);
    expect(await saas.ledger.verify(subjectId)).toHaveLength(1);
    expect(await saas.ledger.verify("usr_2")).toEqual([]);
  });

  test("names entries whose balance is gone", async () => {
    const { saas, database } = await openSmall(open);
    await saas.quotas.consume({ subjectId, feature: "seat", quantity: 2 });
    await database.rows(sql`delete from saas_counters`);
    expect(await saas.ledger.verify()).toMatchObject([
      { subjectId: null, feature: null, counted: 0, ledger: 2, events: 2 },
    ]);
  });
});
