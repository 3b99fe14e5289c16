import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { openRich, subjectId } from "../../test/rich.ts";
import { openWorld } from "../../test/world.ts";
import { createSaas, definePlans } from "../index.ts";

forEachDatabase("a soft limit", (open) => {
  test("admits what is beyond it, and says what is overage", async () => {
    const { saas } = await openRich(open, "pro");
    const use = (quantity: number) => saas.quotas.consume({ subjectId, feature: "seat", quantity });
    expect(await use(4)).toMatchObject({ allowed: true, reason: "within_limit", overage: 0 });
    expect(await use(3)).toMatchObject({
      allowed: true,
      reason: "overage",
      used: 7,
      limit: 5,
      remaining: 0,
      overage: 2,
      drawn: { included: 1, credits: 0, overage: 2 },
    });
    expect(await use(-1)).toMatchObject({ used: 6, overage: 1 });
    expect(await saas.quotas.check({ subjectId, feature: "seat" })).toMatchObject({
      allowed: true,
      reason: "overage",
      used: 6,
      drawn: { included: 0, credits: 0, overage: 1 },
    });
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("stops at the customer's cap in units, exactly, under concurrency", async () => {
    const { saas } = await openRich(open, "pro");
    await saas.quotas.setSpendCap({ subjectId, feature: "seat", units: 10 });
    const verdicts = await Promise.all(
      Array.from({ length: 100 }, () => saas.quotas.consume({ subjectId, feature: "seat" })),
    );
    expect(verdicts.filter(({ allowed }) => allowed)).toHaveLength(15);
    expect(verdicts.at(-1)).toMatchObject({
      allowed: false,
      reason: "spend_cap_reached",
      cap: { kind: "spend", of: "units" },
      wouldPass: { tier: "team", quantity: 0 },
    });
    await saas.quotas.setSpendCap({ subjectId, feature: "seat", units: 11 });
    expect(await saas.quotas.consume({ subjectId, feature: "seat" })).toMatchObject({ allowed: true, overage: 11 });
    await saas.entitlements.open({ subjectId: "usr_2" });
    await saas.quotas.setSpendCap({ subjectId: "usr_2", feature: "seat", units: 3 });
    await saas.quotas.removeSpendCap({ subjectId, feature: "seat" });
    expect(await saas.quotas.consume({ subjectId, feature: "seat", quantity: 50 })).toMatchObject({ overage: 61 });
    expect(await saas.quotas.spendCaps("usr_2")).toEqual([{ feature: "seat", units: 3, amount: null }]);
  });
});

forEachDatabase("a cap inside the period", (open) => {
  test("is full before the period is, and empties by itself", async () => {
    const { saas, clock } = await openRich(open);
    const use = (quantity = 1) => saas.quotas.consume({ subjectId, feature: "call", quantity });
    const verdicts = await Promise.all(Array.from({ length: 30 }, () => use()));
    expect(verdicts.filter(({ allowed }) => allowed)).toHaveLength(20);
    expect(verdicts.at(-1)).toMatchObject({
      reason: "window_exceeded",
      used: 20,
      limit: 300,
      cap: { kind: "hour", limit: 20, used: 20, resetsAt: new Date("2026-01-31T13:00:00Z") },
      wouldPass: { tier: "pro", at: new Date("2026-01-31T13:00:00Z"), quantity: 0 },
    });
    clock.set("2026-01-31T13:00:00Z");
    expect(await use(20)).toMatchObject({ allowed: true, used: 40 });
    clock.set("2026-01-31T14:00:00Z");
    expect(await use(11)).toMatchObject({ reason: "window_exceeded", cap: { kind: "day", limit: 50, used: 40 } });
    expect(await use(10)).toMatchObject({ allowed: true, used: 50 });
    for (let day = 1; day <= 5; day++) {
      clock.set(new Date(Date.UTC(2026, 1, day, 1)));
      await use(20);
      clock.set(new Date(Date.UTC(2026, 1, day, 2)));
      await use(20);
      clock.set(new Date(Date.UTC(2026, 1, day, 3)));
      await use(10);
    }
    expect(await use(1)).toMatchObject({ used: 300 });
    clock.set("2026-02-10T00:00:00Z");
    expect(await use(1)).toMatchObject({ allowed: false, reason: "quota_exceeded", used: 300, cap: null });
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("counts a late event to the day in which it happened", async () => {
    const { saas, clock } = await openRich(open);
    clock.set("2026-02-02T12:00:00Z");
    const late = (hour: number, quantity: number) =>
      saas.quotas.consume({ subjectId, feature: "call", quantity, occurredAt: new Date(Date.UTC(2026, 1, 1, hour)) });
    expect(await late(1, 20)).toMatchObject({ allowed: true });
    expect(await late(1, 1)).toMatchObject({ reason: "window_exceeded" });
    expect(await late(2, 20)).toMatchObject({ allowed: true });
    expect(await late(3, 11)).toMatchObject({ reason: "window_exceeded", cap: { kind: "day" } });
    expect(await saas.quotas.consume({ subjectId, feature: "call", quantity: 20 })).toMatchObject({ allowed: true });
  });

  test("starts anew with an upgrade, as the period does", async () => {
    const { saas, clock } = await openRich(open);
    await saas.quotas.consume({ subjectId, feature: "call", quantity: 20 });
    clock.advance(1_000);
    await saas.entitlements.assign({ subjectId, tier: "pro", status: "active" });
    expect(await saas.quotas.consume({ subjectId, feature: "call", quantity: 100 })).toMatchObject({ used: 100 });
  });
});

forEachDatabase("a cap on spending", (open) => {
  test("in money for one feature admits exactly what it pays for", async () => {
    const { saas } = await openRich(open, "pro");
    // 0.5 cents a token: 7 cents pay for 14 of them. The plan's credits pay for 2,000 before.
    await saas.quotas.setSpendCap({ subjectId, feature: "token", amount: 7 });
    const use = (quantity: number) => saas.quotas.consume({ subjectId, feature: "token", quantity });
    expect(await use(3_000)).toMatchObject({ overage: 0 });
    expect(await use(15)).toMatchObject({
      allowed: false,
      reason: "spend_cap_reached",
      cap: { kind: "spend", of: "feature_amount" },
      wouldPass: { quantity: 14 },
    });
    const verdicts = await Promise.all(Array.from({ length: 40 }, () => use(1)));
    expect(verdicts.filter(({ allowed }) => allowed)).toHaveLength(14);
  });

  test("in money for all features together counts the overage of each, also what was used at once", async () => {
    const { saas } = await openRich(open, "pro");
    await saas.quotas.setSpendCap({ subjectId, amount: 3_500 });
    await saas.quotas.consume({ subjectId, feature: "token", quantity: 3_000 });
    // Seats at 10.00, gigabytes at 2.00 for each that was begun.
    const verdicts = await Promise.all([
      saas.quotas.consume({ subjectId, feature: "seat", quantity: 7 }),
      saas.quotas.consume({ subjectId, feature: "gigabyte", quantity: "14.001" }),
      saas.quotas.consume({ subjectId, feature: "gigabyte", quantity: "1.999" }),
      saas.quotas.consume({ subjectId, feature: "seat" }),
    ]);
    expect(verdicts.map(({ allowed, cap }) => [allowed, cap])).toEqual([
      [true, null],
      [true, null],
      [true, null],
      [false, { kind: "spend", of: "total_amount" }],
    ]);
    expect(await saas.quotas.consume({ subjectId, feature: "token", quantity: 600 })).toMatchObject({ allowed: true });
    expect(await saas.quotas.consume({ subjectId, feature: "token" })).toMatchObject({ allowed: false });
    expect(await saas.quotas.spendCaps(subjectId)).toEqual([{ feature: null, units: null, amount: 3_500 }]);
  });

  test("in money for all counts what is above a hard limit and billed, in one batch and in the next", async () => {
    const world = await openWorld(open);
    const charge = (unitAmount: number) => ({ charge: { model: "per_unit", unitAmount } }) as const;
    const plans = definePlans({
      features: { image: { kind: "metered" }, token: { kind: "metered" } },
      tiers: {
        pro: {
          ...{ level: 0, name: "Pro", price: { amount: 0, currency: "usd" }, interval: "month", flags: {}, values: {} },
          limits: { image: 2, token: 10 },
          rules: { image: charge(100), token: { limit: "soft", ...charge(1) } },
        },
      },
    });
    const saas = createSaas({ ...world, plans });
    await saas.entitlements.assign({ subjectId, tier: "pro", status: "active" });
    await saas.quotas.setSpendCap({ subjectId, amount: 500 });
    await saas.quotas.consume({ subjectId, id: "pictures", feature: "image", quantity: 2 });
    await saas.meters.replace({ subjectId, id: "pictures", quantity: 5 });
    // Three images above their limit are 3.00 of the 5.00.
    const use = (quantity: number) => saas.quotas.consume({ subjectId, feature: "token", quantity });
    expect(await use(211)).toMatchObject({ allowed: false, cap: { of: "total_amount" }, wouldPass: { quantity: 210 } });
    const [, both] = await Promise.all([saas.quotas.consume({ subjectId, feature: "image" }), use(211)]);
    expect(both).toMatchObject({ allowed: false, cap: { of: "total_amount" } });
    expect(await use(210)).toMatchObject({ allowed: true, overage: 200 });
    expect(await use(1)).toMatchObject({ allowed: false });
  });

  test("of the plan holds until the subject sets another or lifts it", async () => {
    const { saas } = await openRich(open, "team");
    const use = (quantity: number) => saas.quotas.consume({ subjectId, feature: "token", quantity });
    expect(await use(7_001)).toMatchObject({ allowed: false, cap: { of: "total_amount" } });
    expect(await use(7_000)).toMatchObject({ allowed: true, overage: 2_000 });
    await saas.quotas.setSpendCap({ subjectId, amount: null });
    expect(await use(1_000_000)).toMatchObject({ allowed: true });
    await saas.quotas.removeSpendCap({ subjectId });
    expect(await use(1)).toMatchObject({ allowed: false });
  });

  test.each([
    ["units of everything", { units: 5 }],
    ["nothing for a feature", { feature: "token" }],
    ["less than nothing", { feature: "token", units: -1 }],
    ["a part of a unit", { feature: "token", units: 0.5 }],
    ["a part of a cent", { amount: 0.5 }],
    ["negative money", { amount: -1 }],
    ["no number", { amount: Number.NaN }],
  ])("refuses %s", async (_what, wrong) => {
    const { saas } = await openRich(open, "pro");
    await expect(saas.quotas.setSpendCap({ subjectId, ...wrong } as never)).rejects.toMatchObject({
      code: "invalid_spend_cap",
    });
    expect(await saas.quotas.spendCaps(subjectId)).toEqual([]);
  });
});
