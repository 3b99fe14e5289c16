import { createFacts } from "@revops/core";
import type { Tx } from "@revops/database";
import { forEachDatabase } from "@revops/testing/vitest";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { countRows, openStandard, openWorld } from "../../test/world.ts";
import { createSaas, type SaasFacts } from "../index.ts";

const subjectId = "usr_1";
const period = {
  anchor: new Date("2026-02-10T00:00:00Z"),
  interval: "month",
  start: new Date("2026-02-10T00:00:00Z"),
  end: new Date("2026-03-10T00:00:00Z"),
} as const;

forEachDatabase("an entitlement", (open) => {
  test("is opened once, however often", async () => {
    const { saas, clock, database } = await openStandard(open);
    const first = await saas.entitlements.of(subjectId);
    const before = await countRows(database);
    clock.advance(1_000);
    const again = await Promise.all([1, 2, 3].map(() => saas.entitlements.open({ subjectId })));
    expect(again).toEqual([first, first, first]);
    expect(await countRows(database)).toEqual(before);
    expect(first).toMatchObject({ tier: "free", cycle: { kind: "fixed", days: 30 }, version: 1 });
  });

  test("an upgrade starts usage at zero, with a ledger entry; the period's end is Stripe's", async () => {
    const { saas, clock, database } = await openStandard(open);
    await saas.quotas.consume({ subjectId, feature: "api_call", quantity: 1_000 });
    await saas.quotas.consume({ subjectId, feature: "storage", quantity: 60 });
    clock.set("2026-02-10T00:00:01.500Z");
    await saas.entitlements.assign({ subjectId, tier: "pro", status: "active", period });
    const report = await saas.usage.report(subjectId);
    expect(report).toMatchObject({ tier: "pro", cycle: { start: clock.now(), end: period.end, daysRemaining: 28 } });
    expect(report.features).toMatchObject([
      { feature: "api_call", used: 0, limit: 100_000, resetsAt: period.end },
      { feature: "template_install", used: 0 },
      { feature: "storage", used: 60, resetsAt: null },
    ]);
    const resets = await database.rows(sql`select kind, quantity, events from saas_ledger where kind = 'reset'`);
    expect(resets).toHaveLength(1);
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("a webhook said again, or a renewal told late, does not give the quota away again", async () => {
    const { saas, clock } = await openStandard(open);
    clock.set("2026-02-10T00:00:01Z");
    await saas.entitlements.assign({ subjectId, tier: "pro", status: "active", period });
    await saas.quotas.consume({ subjectId, feature: "api_call", quantity: 70 });
    const same = await saas.entitlements.assign({ subjectId, tier: "pro", status: "active", period });
    expect(same.version).toBe(2);
    const used = async () => (await saas.usage.report(subjectId)).features[0]?.used;
    expect(await used()).toBe(70);

    clock.set("2026-03-10T00:00:00Z");
    expect(await used()).toBe(0);
    await saas.quotas.consume({ subjectId, feature: "api_call", quantity: 5 });
    const renewed = { ...period, start: period.end, end: new Date("2026-04-10T00:00:00Z") };
    clock.advance(60_000);
    await saas.entitlements.assign({ subjectId, tier: "pro", status: "active", period: renewed });
    expect(await used()).toBe(5);
  });

  test("a downgrade keeps the period's usage", async () => {
    const { saas, clock } = await openStandard(open);
    await saas.entitlements.assign({ subjectId, tier: "enterprise", status: "active" });
    await saas.quotas.consume({ subjectId, feature: "api_call", quantity: 100_001 });
    clock.advance(1_000);
    await saas.entitlements.assign({ subjectId, tier: "pro", status: "active" });
    expect((await saas.usage.report(subjectId)).features[0]).toMatchObject({
      used: 100_001,
      limit: 100_000,
      percent: 100,
    });
    expect(await saas.quotas.consume({ subjectId, feature: "api_call" })).toMatchObject({ allowed: false });
  });

  test("past_due keeps the tier and shows in the billing cycle; the end gives a fresh free cycle", async () => {
    const { saas, clock } = await openStandard(open);
    clock.set("2026-02-10T00:00:01Z");
    await saas.entitlements.assign({ subjectId, tier: "pro", status: "active", period });
    expect(await saas.billing.cycle(subjectId)).toMatchObject({
      state: "paid",
      amount: { amount: 2_900, currency: "usd" },
    });
    await saas.quotas.consume({ subjectId, feature: "api_call", quantity: 5_000 });
    await saas.entitlements.assign({ subjectId, tier: "pro", status: "past_due", period });
    expect(await saas.billing.cycle(subjectId)).toMatchObject({ state: "past_due", usage: [{ used: 5_000 }, {}, {}] });
    expect(await saas.quotas.consume({ subjectId, feature: "api_call" })).toMatchObject({ allowed: true, tier: "pro" });

    clock.set("2026-02-20T00:00:00Z");
    const ended = await saas.entitlements.end({ subjectId });
    expect(ended).toMatchObject({
      tier: "free",
      period: { start: clock.now(), end: new Date("2026-03-22T00:00:00Z") },
    });
    expect(await saas.quotas.consume({ subjectId, feature: "api_call" })).toMatchObject({
      allowed: true,
      used: 1,
      limit: 1_000,
    });
    clock.advance(60_000);
    await saas.entitlements.end({ subjectId });
    expect((await saas.usage.report(subjectId)).features[0]?.used).toBe(1);
    expect(await saas.billing.cycle(subjectId)).toMatchObject({ state: "active", amount: { amount: 0 } });
  });

  test("two instances that upgrade at once write one change and one reset", async () => {
    const { saas, clock, database } = await openStandard(open);
    clock.set("2026-02-10T00:00:01Z");
    const assign = () => saas.entitlements.assign({ subjectId, tier: "pro", status: "active", period });
    const versions = (await Promise.all([assign(), assign(), assign(), assign()])).map(({ version }) => version);
    expect(versions).toEqual([2, 2, 2, 2]);
    expect(await countRows(database)).toMatchObject({ saas_entitlement_changes: 2, saas_ledger: 1 });
  });

  test("tells the others inside its transaction, so that they roll it back together", async () => {
    const world = await openWorld(open);
    const facts = createFacts<SaasFacts, Tx>();
    const told: SaasFacts["tier.changed"][] = [];
    facts.on("tier.changed", async (_tx, fact) => {
      told.push(fact);
      if (fact.to === "enterprise") throw new Error("nobody sells that here");
    });
    const saas = createSaas({ ...world, facts });
    await saas.entitlements.assign({ subjectId, tier: "pro", status: "active", period });
    await expect(saas.entitlements.assign({ subjectId, tier: "enterprise", status: "active" })).rejects.toThrow(
      "nobody",
    );
    expect(await saas.entitlements.tierOf(subjectId)).toBe("pro");
    expect(told.map(({ from, to }) => [from, to])).toEqual([
      ["free", "pro"],
      ["pro", "enterprise"],
    ]);
  });

  test("an unknown tier or subject is refused, and nothing is written", async () => {
    const { saas, database } = await openStandard(open);
    const before = await countRows(database);
    const assign = (tier: string) => saas.entitlements.assign({ subjectId, tier: tier as "pro", status: "active" });
    await expect(assign("gold")).rejects.toMatchObject({ code: "unknown_tier" });
    await expect(saas.entitlements.end({ subjectId: "usr_2" })).rejects.toMatchObject({ code: "subject_not_found" });
    await expect(saas.entitlements.of("usr_2")).rejects.toMatchObject({ code: "subject_not_found" });
    await expect(saas.entitlements.open({ subjectId: "usr\u0000" })).rejects.toMatchObject({
      code: "invalid_subject_id",
    });
    expect(await saas.entitlements.tierOf("usr_2")).toBe("free");
    expect(await countRows(database)).toEqual(before);
  });
});
