import { forEachDatabase } from "@revops/testing/vitest";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { openMeters, openSmall } from "../../test/world.ts";

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
    const balances = async (of?: string) => (await saas.ledger.verify(of)).filter(({ kind }) => kind === "balance");
    const named = [{ subjectId, feature: "call", periodStart, ...difference }];
    expect(await balances()).toMatchObject(named);
    expect(await balances(subjectId)).toMatchObject(named);
    expect(await saas.ledger.verify("usr_2")).toEqual([]);
  });

  test("names an hour, a day and a group that their events do not add up to", async () => {
    const { saas, database, clock } = await openMeters(open);
    const occurredAt = new Date("2026-01-31T10:30:00Z");
    const event = { subjectId, feature: "token", quantity: 5, metadata: { model: "a" } } as const;
    await saas.meters.record({ ...event, id: "late", occurredAt });
    await saas.meters.record({ ...event, id: "now", occurredAt: clock.now() });
    expect(await saas.ledger.verify()).toEqual([]);
    await database.rows(sql`update saas_buckets set quantity = 6 where span = 3600`);
    expect(await saas.ledger.verify()).toMatchObject([
      { kind: "history", span: "hour", start: new Date("2026-01-31T10:00:00Z"), counted: 6, events: 5 },
    ]);
    await database.rows(sql`update saas_buckets set quantity = 5`);
    await database.rows(sql`update saas_counters set hour_quantity = 7`);
    expect(await saas.ledger.verify(subjectId)).toMatchObject([
      { span: "hour", start: new Date("2026-01-31T12:00:00Z"), counted: 7, events: 5 },
      { span: "day", start: new Date("2026-01-31T00:00:00Z"), counted: 12, events: 10 },
    ]);
    await database.rows(sql`update saas_counters set hour_quantity = 5`);
    await database.rows(sql`update saas_groups set events = 3 where dimension = 'model'`);
    expect(await saas.ledger.verify()).toMatchObject([
      { kind: "group", dimension: "model", value: '"a"', counted: [10, 3], events: [10, 2] },
    ]);
  });

  test("names entries whose balance is gone", async () => {
    const { saas, database } = await openSmall(open);
    await saas.quotas.consume({ subjectId, feature: "seat", quantity: 2 });
    await database.rows(sql`delete from saas_counters`);
    expect(await saas.ledger.verify()).toMatchObject([
      { kind: "balance", subjectId: null, feature: null, counted: 0, ledger: 2, events: 2 },
    ]);
  });
});
