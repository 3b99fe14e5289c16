import { forEachDatabase, type OpenDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { checkStatements } from "../../test/statements.ts";
import { openWorld } from "../../test/world.ts";
import { createSaas, definePlans } from "../index.ts";

const subjectId = "usr_1";
const base = { level: 0, price: { amount: 0, currency: "usd" }, interval: "month", flags: {}, values: {} } as const;
const centEach = { model: "per_unit", unitAmount: 1 } as const;

/** Paid as it goes: `call` costs a cent from the 11th on, up to 100; `token` each, without an end. */
const plans = definePlans({
  features: { call: { kind: "metered" }, token: { kind: "metered" } },
  credits: { ai: { decimals: 1, rates: { token: "0.1" } } },
  tiers: {
    free: {
      ...base,
      name: "Free",
      limits: { call: 100, token: null },
      rules: { call: { included: 10, charge: centEach }, token: { charge: centEach } },
    },
  },
});

async function opened(open: OpenDatabase) {
  const world = await openWorld(open);
  const saas = createSaas({ ...world, plans });
  await saas.entitlements.open({ subjectId });
  return {
    ...world,
    saas,
    use: (feature: "call" | "token", quantity: number, id?: string) =>
      saas.quotas.consume({ subjectId, feature, quantity, ...(id ? { id } : {}) }),
    charged: async (feature: "call" | "token") =>
      (await saas.cycles.preview(subjectId)).statement.lines.find(({ id }) => id === `usage:${feature}`)?.charged,
    left: async () => (await saas.credits.balances(subjectId)).map(({ remaining }) => remaining),
  };
}

forEachDatabase("use that has a price within its limit", (open) => {
  test("is paid by credits before it is billed, and given back the other way round", async () => {
    const { saas, use, charged, left, clock, database } = await opened(open);
    await saas.credits.grant({ subjectId, id: "gift", feature: "call", amount: 20 });
    expect(await use("call", 5)).toMatchObject({ reason: "within_limit", drawn: { included: 5, credits: 0 } });
    expect(await saas.quotas.check({ subjectId, feature: "call", quantity: 10, maxAgeMs: 60_000 })).toMatchObject({
      reason: "credits",
      drawn: { included: 5, credits: 5, overage: 0 },
    });
    expect(await use("call", 10)).toMatchObject({ reason: "credits", drawn: { included: 5, credits: 5, overage: 0 } });
    expect([await charged("call"), await left()]).toEqual(["0", [15]]);
    expect(await use("call", 40, "big")).toMatchObject({ drawn: { included: 25, credits: 15, overage: 0 } });
    // 55 used, 10 included, 20 paid.
    expect([await charged("call"), await left()]).toEqual(["25", [0]]);
    await saas.meters.replace({ subjectId, id: "big", quantity: 10 });
    expect([await charged("call"), await left()]).toEqual(["0", [5]]);
    await saas.meters.replace({ subjectId, id: "big", quantity: 17 });
    expect([await charged("call"), await left()]).toEqual(["2", [0]]);
    // The limit stays where it was: 100, and what credits paid for.
    expect(await use("call", 89)).toMatchObject({ allowed: false, wouldPass: { quantity: 88 } });
    expect(await use("call", 88)).toMatchObject({ allowed: true, used: 120, limit: 120 });
    clock.advance(31 * 86_400_000);
    await saas.cycles.closeDue();
    const [cycle] = (await saas.cycles.list(subjectId, { limit: 1 })).data;
    expect(cycle?.statement.total.amount).toBe(90);
    await checkStatements(database, saas, [subjectId]);
  });

  test("without a limit is paid by a pool from the first unit on, by many callers exactly", async () => {
    const { saas, use, charged, left } = await opened(open);
    // Counted and remembered before there is anything to draw from.
    expect(await use("token", 3)).toMatchObject({ reason: "unlimited", drawn: { included: 3, credits: 0 } });
    expect(await charged("token")).toBe("3");
    // It pays for those three, and for 47 of what follows.
    await saas.credits.grant({ subjectId, id: "pack", pool: "ai", amount: 5 });
    expect(await charged("token")).toBe("0");
    const verdicts = await Promise.all(Array.from({ length: 60 }, () => use("token", 1)));
    expect(verdicts.reduce((sum, { drawn }) => sum + (drawn?.credits ?? 0), 0)).toBe(47);
    expect([await charged("token"), await left()]).toEqual(["13", [0]]);
    expect(await use("token", 1)).toMatchObject({
      reason: "unlimited",
      limit: null,
      drawn: { included: 1, credits: 0 },
    });
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("is recorded by batches, reserved and committed by the same rule", async () => {
    const { saas, charged, left } = await opened(open);
    await saas.credits.grant({ subjectId, id: "gift", feature: "call", amount: 20 });
    await saas.meters.recordMany(
      subjectId,
      Array.from({ length: 16 }, (_, n) => ({ id: `call-${n}`, feature: "call" })),
    );
    expect([await charged("call"), await left()]).toEqual(["0", [14]]);
    await saas.quotas.reserve({ subjectId, id: "job", feature: "call", quantity: 30 });
    expect([await charged("call"), await left()]).toEqual(["0", [0]]);
    await saas.quotas.commit({ subjectId, id: "job", quantity: 12 });
    expect([await charged("call"), await left()]).toEqual(["0", [2]]);
    expect(await saas.ledger.verify()).toEqual([]);
  });
});
