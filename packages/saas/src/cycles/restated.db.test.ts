import { dayMs, minuteMs } from "@revops/core";
import { forEachDatabase } from "@revops/testing/vitest";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { pricedPlans } from "../../test/priced.ts";
import { openWorld } from "../../test/world.ts";
import { createSaas } from "../index.ts";

const subjectId = "usr_1";
const start = new Date("2026-01-31T12:00:00Z");
const march = new Date("2026-02-28T12:00:00Z");
const april = new Date("2026-03-31T12:00:00Z");
const period = { anchor: start, interval: "month", start, end: march } as const;
const pro = { subjectId, tier: "pro", status: "active", period } as const;
const after = (at: Date) => new Date(at.getTime() + minuteMs);

forEachDatabase("closed cycles", (open) => {
  test("that are corrected: by the terms of their last instant, and of what they charged for others only the own part", async () => {
    const world = await openWorld(open);
    const { clock, database } = world;
    const saas = createSaas({ ...world, plans: pricedPlans });
    await saas.entitlements.open({ subjectId });
    await saas.entitlements.assign(pro);
    const late = (id: string, quantity: number, occurredAt: Date) =>
      saas.meters.record({ subjectId, id, feature: "call", quantity, occurredAt });
    const adjustments = async () => {
      const { statement } = await saas.cycles.preview(subjectId);
      return statement.lines.flatMap(({ kind, amount }) => (kind === "adjustment" ? [amount.amount] : []));
    };
    const upgraded = new Date("2026-02-10T00:00:00Z");
    clock.set(upgraded);
    await saas.entitlements.assign({ ...pro, tier: "team" });
    clock.set(after(upgraded));
    expect(await saas.cycles.closeDue()).toBeGreaterThan(0);
    // At a quarter of a cent, beyond 1,000: the price of pro, though team took over in the instant at which it ended.
    await late("to-pro", 5_000, new Date(upgraded.getTime() - dayMs));
    expect(await adjustments()).toEqual([1_000]);
    await saas.entitlements.assign({ ...pro, tier: "team", period: { ...period, start: march, end: april } });
    clock.set(after(march));
    expect(await saas.cycles.closeDue()).toBe(1);

    // Of team's cycle, what is beyond 10,000, and no minimum any more; not what it charged for pro's.
    const [team] = (await saas.cycles.list(subjectId, { limit: 1 })).data;
    const own = (team?.statement.total.amount ?? 0) - 1_000;
    await late("to-team", 200_000, new Date(march.getTime() - dayMs));
    // What came and went changes nothing.
    await late("to-pro-too", 5_000, new Date(upgraded.getTime() - dayMs));
    await saas.meters.void({ subjectId, id: "to-pro-too" });
    const [adjusted, ...others] = await adjustments();
    const restated = (await saas.cycles.preview(subjectId)).statement.lines.find(({ kind }) => kind === "adjustment");
    expect(restated?.restates).toMatchObject({ cycleId: team?.id, before: { amount: own } });
    expect([own + (adjusted ?? 0), others]).toEqual([restated?.restates?.after.amount, []]);
    await saas.entitlements.assign({
      ...pro,
      tier: "team",
      period: { ...period, start: april, end: new Date("2026-04-30T12:00:00Z") },
    });
    clock.set(after(april));
    expect(await saas.cycles.closeDue()).toBe(1);
    expect(await adjustments()).toEqual([]);
    // Once more: what was charged last is what it was rated to last.
    await saas.meters.replace({ subjectId, id: "to-pro", quantity: 5_400 });
    expect(await adjustments()).toEqual([100]);
    clock.set(after(new Date("2026-04-30T12:00:00Z")));
    expect(await saas.cycles.closeDue()).toBe(1);
    const [kept] = await database.rows<{ n: number | string }>(sql`select count(*) as n from saas_cycle_restatements`);
    // To pro's three times, to team's once: who has nothing new is not looked at again.
    expect(Number(kept?.n)).toBe(4);
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("take what was in their last instant, and nothing of the next one's first", async () => {
    const world = await openWorld(open);
    const { clock } = world;
    const saas = createSaas({ ...world, plans: pricedPlans });
    const { discounts } = saas.cycles;
    await saas.entitlements.open({ subjectId });
    await saas.entitlements.assign(pro);
    const half = { subjectId, percent: 50, duration: "forever", name: "Half" } as const;
    await discounts.give({ ...half, id: "ends" });
    await saas.quotas.consume({ subjectId, feature: "seat", quantity: 5 });
    await discounts.give({ ...half, id: "all", percent: 100 });
    clock.set(new Date(march.getTime() - 1));
    await discounts.end({ subjectId, id: "all" });
    clock.set(march);
    await discounts.end({ subjectId, id: "ends" });
    // Over it is already, and stays so from then on.
    await discounts.end({ subjectId, id: "all" });
    await discounts.give({ ...half, id: "begins" });
    await saas.quotas.consume({ subjectId, feature: "seat", quantity: 1 });
    await saas.entitlements.assign({ ...pro, status: "past_due", period: { ...period, start: march, end: april } });
    clock.set(after(march));
    await saas.cycles.closeDue();
    clock.set(after(april));
    await saas.cycles.closeDue();
    const [second, first] = (await saas.cycles.list(subjectId, { limit: 2 })).data;
    const told = [first, second].map((cycle) => [
      cycle?.state,
      ...(cycle?.statement.lines ?? []).flatMap(({ id, quantity, amount }) =>
        id === "usage:seat" || id.startsWith("discount") ? [[id, quantity, amount.amount]] : [],
      ),
    ]);
    expect(told).toEqual([
      ["past_due", ["usage:seat", "5", 2_000], ["discount:ends", null, -2_500]],
      ["past_due", ["usage:seat", "6", 3_000], ["discount:begins", null, -3_000]],
    ]);
    const same = await saas.cycles.whatIf({ subjectId, tier: "pro" });
    expect(same.total).toEqual(same.actual);
  });

  test("and the present one: what a change would cost depends on whose period it is in", async () => {
    const { clock, ...world } = await openWorld(open);
    const saas = createSaas({ ...world, clock, plans: pricedPlans });
    await saas.entitlements.open({ subjectId });
    clock.advance(10 * dayMs);
    // A period of our own begins anew with an upgrade; Stripe's goes on.
    const upgrade = await saas.cycles.previewChange({ subjectId, tier: "pro" });
    expect(upgrade).toMatchObject({
      kind: "upgrade",
      effectiveAt: clock.now(),
      statement: { total: { amount: 2_900 } },
    });
    await saas.entitlements.assign({ ...pro, tier: "team" });
    const downgrade = await saas.cycles.previewChange({ subjectId, tier: "pro" });
    expect(downgrade).toMatchObject({ kind: "downgrade", effectiveAt: march, statement: { lines: [] } });
    expect((await saas.cycles.whatIf({ subjectId, tier: "pro", cycles: 36 })).cycles).toHaveLength(1);
    const tooMany = saas.cycles.whatIf({ subjectId, tier: "pro", cycles: 37 });
    await expect(tooMany).rejects.toMatchObject({ code: "invalid_quantity" });
  });

  test("of a trial are closed when it ends, and not with the period that it cuts short", async () => {
    const world = await openWorld(open);
    const saas = createSaas({ ...world, plans: pricedPlans });
    await saas.entitlements.open({ subjectId });
    world.clock.advance(dayMs);
    await saas.entitlements.startTrial({ subjectId, tier: "pro" });
    world.clock.advance(minuteMs);
    expect(await saas.cycles.closeDue()).toBe(1);
    world.clock.advance(14 * dayMs);
    expect(await saas.cycles.closeDue()).toBe(1);
  });
});
