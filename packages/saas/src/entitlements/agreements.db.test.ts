/** What was agreed beyond the plans, and what comes by itself: in force to the millisecond, with no job running. */
import { createFacts, dayMs, money } from "@revops/core";
import { openDatabase, type Tx } from "@revops/database";
import { forEachDatabase, type OpenDatabase } from "@revops/testing/vitest";
import { expect, onTestFinished, test } from "vitest";
import { openWorld } from "../../test/world.ts";
import { createSaas, definePlans, diffPlans, type SaasFacts } from "../index.ts";

const subjectId = "usr_1";
const features = {
  call: { kind: "metered" },
  seat: { kind: "allocated" },
  sso: { kind: "flag" },
  sla: { kind: "static" },
} as const;

const define = (calls: number, more: Record<string, { kind: "metered" }> = {}) => {
  const others = Object.fromEntries(Object.keys(more).map((id) => [id, 7]));
  const tier = (level: number, limit: number | null, price: number) => ({
    level,
    name: `Tier ${level}`,
    price: money(price, "usd"),
    interval: "month" as const,
    limits: { call: limit, seat: 3, ...others },
    flags: { sso: level > 0 },
    values: { sla: null },
    trialDays: level === 10 ? 14 : 0,
    graceDays: level === 10 ? 3 : 30,
  });
  return definePlans({
    features: { ...features, ...more } as typeof features,
    tiers: { free: tier(0, 10, 0), pro: tier(10, calls, 2_900), team: tier(20, null, 9_900) },
    addOns: {
      calls: { name: "100 calls", price: money(500, "usd"), limits: { call: 100, seat: 1 }, flags: { sso: true } },
    },
  });
};
const plans = define(1_000);

async function openPlans(open: OpenDatabase) {
  const world = await openWorld(open);
  const facts = createFacts<SaasFacts, Tx>();
  const changes: string[] = [];
  facts.on("tier.changed", async (_tx, { from, to, at }) => void changes.push(`${from} → ${to} ${at.toISOString()}`));
  const saas = createSaas({ ...world, plans, facts });
  await saas.entitlements.open({ subjectId });
  const limit = async () => (await saas.quotas.check({ subjectId, feature: "call" })).limit;
  return { ...world, saas, changes, limit };
}

const pro = { subjectId, tier: "pro", status: "active" } as const;

forEachDatabase("an agreement", (open) => {
  test("of two trials at once, of different tiers and in two instances, one is had", async () => {
    const { saas, database, url, clock } = await openPlans(open);
    const second = openDatabase({ url });
    onTestFinished(() => second.close());
    const other = createSaas({ database: second, clock, plans });
    let waiting: Promise<unknown> | undefined;
    await database.transaction(async (tx) => {
      await saas.entitlements.startTrial({ subjectId, tier: "pro" }, tx);
      waiting = other.entitlements.startTrial({ subjectId, tier: "team", days: 9 }).catch((error: unknown) => error);
      // Long enough for the other one to look at what was had before.
      await new Promise((resume) => setTimeout(resume, 50));
    });
    expect(await waiting).toMatchObject({ code: "trial_not_available" });
    expect(await saas.entitlements.of(subjectId)).toMatchObject({ tier: "pro", status: "trialing" });
  });

  test("a subject stays on the version that it bought until it is migrated, and knows later features", async () => {
    const { saas, database, clock } = await openPlans(open);
    await saas.entitlements.assign(pro);
    const lower = define(500, { image: { kind: "metered" } });
    const next = createSaas({ database, clock, plans: lower });
    const verdict = async (feature: "call" | "seat", id = subjectId) => next.quotas.check({ subjectId: id, feature });
    expect(await verdict("call")).toMatchObject({ limit: 1_000, planVersion: plans.version });
    expect(await next.quotas.consume({ subjectId, feature: "image" as "call" })).toMatchObject({ limit: 7 });

    await next.entitlements.open({ subjectId: "usr_2" });
    await next.entitlements.assign({ ...pro, subjectId: "usr_2" });
    expect(await verdict("call", "usr_2")).toMatchObject({ limit: 500, planVersion: lower.version });
    expect((await next.planVersions.list()).map(({ version }) => version).sort()).toEqual(
      [plans.version, lower.version].sort(),
    );
    expect(diffPlans(await next.planVersions.get(plans.version), lower)).toContainEqual({
      path: "tiers.pro.limits.call",
      from: 1_000,
      to: 500,
      effect: "worse",
    });
    // The instance of before reads what it does not have in its code.
    expect(await saas.quotas.check({ subjectId: "usr_2", feature: "call" })).toMatchObject({ limit: 500 });

    await next.entitlements.assign({ ...pro, status: "past_due" });
    expect(await verdict("call")).toMatchObject({ limit: 1_000 });
    await next.entitlements.migrate({ subjectId });
    expect(await verdict("call")).toMatchObject({ limit: 500, planVersion: lower.version });
    await expect(next.planVersions.get("never")).rejects.toMatchObject({ code: "unknown_plan_version" });
  });

  test("a statement says what Stripe charges, which moving to another version of the plans does not change", async () => {
    const { saas, database, clock } = await openPlans(open);
    const start = clock.now();
    const period = { anchor: start, interval: "month", start, end: new Date("2026-02-28T12:00:00Z") } as const;
    const base = async () => (await saas.cycles.preview(subjectId)).statement.lines.find(({ id }) => id === "base");
    const word = (amount: number) => saas.entitlements.assign({ ...pro, period, price: money(amount, "usd") });
    const { version } = await word(2_900);
    expect((await word(2_900)).version).toBe(version);
    expect((await word(1_500)).plan.price).toEqual(money(1_500, "usd"));
    expect((await base())?.amount).toEqual(money(1_500, "usd"));
    const override = saas.entitlements.override({ subjectId, overrides: { price: money(100, "usd") } });
    await expect(override).rejects.toMatchObject({ code: "invalid_agreement" });
    await saas.entitlements.setAddOn({ subjectId, addOn: "calls", quantity: 1 });
    expect((await saas.entitlements.assign({ ...pro, pinned: true })).plan.price).toEqual(money(1_500, "usd"));

    const facts = createFacts<SaasFacts, Tx>();
    const migrated: string[] = [];
    facts.on("plan.migrated", async (_tx, { tier, planVersion }) => void migrated.push(`${tier} ${planVersion}`));
    const next = createSaas({ database, clock, plans: define(500), facts });
    const moved = await next.entitlements.migrate({ subjectId });
    expect(moved.plan).toMatchObject({ price: money(1_500, "usd"), limits: { call: 600 } });
    await next.entitlements.migrate({ subjectId });
    expect(migrated).toEqual([`pro ${define(500).version}`]);
    expect((await next.entitlements.end({ subjectId })).plan.price).toEqual(money(0, "usd"));
  });

  test("a version that means something else already is refused, and nothing is written", async () => {
    const { database, clock, saas } = await openPlans(open);
    const named = (calls: number) => definePlans({ ...defined(calls), version: "2026-01" });
    await createSaas({ database, clock, plans: named(1) }).entitlements.open({ subjectId: "usr_2" });
    const other = createSaas({ database, clock, plans: named(2) });
    await expect(other.entitlements.open({ subjectId: "usr_3" })).rejects.toMatchObject({
      code: "plan_version_changed",
    });
    await expect(saas.entitlements.of("usr_3")).rejects.toMatchObject({ code: "subject_not_found" });
  });

  test("overrides, add-ons and grants add up, and a grant ends by itself", async () => {
    const { saas, clock, limit } = await openPlans(open);
    await saas.entitlements.override({ subjectId, overrides: { limits: { call: 20 }, flags: { sso: true } } });
    expect(await limit()).toBe(20);
    await saas.entitlements.setAddOn({ subjectId, addOn: "calls", quantity: 2 });
    expect(await limit()).toBe(220);
    const expiresAt = new Date(clock.now().getTime() + dayMs);
    const grant = { subjectId, id: "sorry", feature: "call", quantity: 5, expiresAt } as const;
    await saas.entitlements.grant(grant);
    expect((await saas.entitlements.grant({ ...grant, quantity: 50 })).version).toBe(4);
    expect(await limit()).toBe(225);
    await saas.quotas.consume({ subjectId, feature: "call", quantity: 224 });

    clock.set(new Date(expiresAt.getTime() - 1));
    expect(await saas.quotas.consume({ subjectId, feature: "call" })).toMatchObject({ allowed: true, limit: 225 });
    clock.set(expiresAt);
    expect(await saas.quotas.consume({ subjectId, feature: "call" })).toMatchObject({ allowed: false, limit: 220 });

    await saas.entitlements.setAddOn({ subjectId, addOn: "calls", quantity: 0 });
    await saas.entitlements.override({ subjectId, overrides: {} });
    expect(await limit()).toBe(10);
    expect(await saas.entitlements.of(subjectId)).toMatchObject({ addOns: [], grants: [], tier: "free" });
  });

  test("a soft limit that was agreed on includes the tier's limit, unless it says otherwise", async () => {
    const { saas } = await openPlans(open);
    const soft = { limit: "soft", charge: { model: "per_unit", unitAmount: 5 } } as const;
    const agree = (call: object) => saas.entitlements.override({ subjectId, overrides: { rules: { call } } });
    const costs = async () => (await saas.cycles.preview(subjectId)).statement.total.amount;
    await agree(soft);
    const before = await costs();
    await saas.quotas.consume({ subjectId, feature: "call", quantity: 12 });
    expect((await costs()) - before).toBe(2 * 5);
    await saas.entitlements.override({ subjectId, overrides: { limits: { call: 11 }, rules: { call: soft } } });
    expect((await costs()) - before).toBe(5);
    await agree({ ...soft, included: 4 });
    expect((await costs()) - before).toBe(8 * 5);
  });

  test("an add-on that is set again changes nothing, whatever was bought after it", async () => {
    const world = await openWorld(open);
    const addOn = (limits: { call: number }) => ({ name: "More", price: money(500, "usd"), limits });
    const { free } = { free: { level: 0, name: "Free", price: money(0, "usd"), interval: "month" } as const };
    const saas = createSaas({
      ...world,
      plans: definePlans({
        features: { call: { kind: "metered" } },
        tiers: { free: { ...free, limits: { call: 10 }, flags: {}, values: {} } },
        addOns: { some: addOn({ call: 5 }), more: addOn({ call: 50 }) },
      }),
    });
    await saas.entitlements.open({ subjectId });
    const set = (id: "some" | "more", quantity: number) =>
      saas.entitlements.setAddOn({ subjectId, addOn: id, quantity });
    await set("some", 1);
    const { version } = await set("more", 1);
    expect(await set("some", 1)).toMatchObject({ version, plan: { limits: { call: 65 } } });
    expect(await set("some", 3)).toMatchObject({ version: version + 1, plan: { limits: { call: 75 } } });
    expect((await set("some", 0)).addOns).toMatchObject([{ id: "more", quantity: 1 }]);
    expect(await set("more", 0)).toMatchObject({ addOns: [], plan: { limits: { call: 10 } } });
  });

  test("a trial ends by itself, unless it is bought, and comes once", async () => {
    const { saas, clock, changes, limit } = await openPlans(open);
    const start = clock.now();
    const trial = await saas.entitlements.startTrial({ subjectId, tier: "pro" });
    const end = new Date(start.getTime() + 14 * dayMs);
    expect(trial).toMatchObject({ tier: "pro", status: "trialing", scheduled: { at: end, reason: "trial_end" } });
    await saas.quotas.consume({ subjectId, feature: "call", quantity: 900 });
    clock.set(end);
    expect(await limit()).toBe(10);
    expect(await saas.entitlements.of(subjectId)).toMatchObject({
      tier: "free",
      period: { start: end, end: new Date(end.getTime() + 30 * dayMs) },
    });
    expect(await saas.entitlements.tierOf(subjectId)).toBe("free");
    expect((await saas.usage.report(subjectId)).features[0]).toMatchObject({ used: 0 });
    expect(changes).toHaveLength(1);
    clock.advance(5_000);
    await saas.entitlements.settle(subjectId);
    expect(changes).toEqual([`free → pro ${start.toISOString()}`, `pro → free ${end.toISOString()}`]);
    await expect(saas.entitlements.startTrial({ subjectId, tier: "pro" })).rejects.toMatchObject({
      code: "trial_not_available",
    });

    await saas.entitlements.open({ subjectId: "usr_2" });
    await saas.entitlements.startTrial({ subjectId: "usr_2", tier: "pro" });
    await saas.entitlements.assign({ ...pro, subjectId: "usr_2" });
    clock.advance(20 * dayMs);
    expect(await saas.entitlements.tierOf("usr_2")).toBe("pro");
  });

  test("who has a tier keeps it: a trial of a higher one would end on the base tier", async () => {
    const { saas } = await openPlans(open);
    await saas.entitlements.assign({ ...pro, pinned: true });
    const trial = saas.entitlements.startTrial({ subjectId, tier: "team", days: 5 });
    await expect(trial).rejects.toMatchObject({ code: "trial_not_available" });
    expect(await saas.entitlements.of(subjectId)).toMatchObject({ tier: "pro", version: 2 });
  });

  test("what was put in place of a tier's values is not put in place of another tier's", async () => {
    const { saas, limit, clock } = await openPlans(open);
    await saas.entitlements.override({ subjectId, overrides: { limits: { call: 20 } } });
    await saas.entitlements.assign({ subjectId, tier: "team", status: "active" });
    expect(await limit()).toBeNull();
    await saas.entitlements.override({ subjectId, overrides: { price: money(4_900, "usd"), limits: { call: 7 } } });
    await saas.entitlements.setAddOn({ subjectId, addOn: "calls", quantity: 1 });
    await saas.entitlements.schedule({ subjectId, tier: "pro" });
    clock.set((await saas.entitlements.of(subjectId)).period.end);
    expect(await saas.entitlements.of(subjectId)).toMatchObject({
      plan: { price: money(2_900, "usd"), limits: { call: 1_100 } },
      addOns: [{ id: "calls" }],
    });
  });

  test("past_due keeps the tier for the days of grace; said again, it does not give it back; a payment does", async () => {
    const { saas, clock, changes } = await openPlans(open);
    const start = clock.now();
    const period = { anchor: start, interval: "month", start, end: new Date("2026-02-28T12:00:00Z") } as const;
    const word = (status: "active" | "past_due") => saas.entitlements.assign({ ...pro, status, period });
    await word("active");
    await word("past_due");
    clock.advance(2 * dayMs);
    await word("past_due");
    clock.advance(dayMs - 1);
    expect(await saas.entitlements.tierOf(subjectId)).toBe("pro");
    clock.advance(1);
    expect(await saas.entitlements.tierOf(subjectId)).toBe("free");
    await word("past_due");
    expect(await saas.entitlements.of(subjectId)).toMatchObject({ tier: "free" });
    await word("active");
    expect(await saas.entitlements.of(subjectId)).toMatchObject({ tier: "pro", scheduled: null });
    expect(changes.map((change) => change.split(" 2")[0])).toEqual(["free → pro", "pro → free", "free → pro"]);
  });

  test.each([
    ["the grace is over", "past_due"],
    ["Stripe gave up collecting", "unpaid"],
    ["it was paused", "paused"],
  ] as const)(
    "what was lost because %s comes back with the payment as it was bought, and not after the end",
    async (_why, word) => {
      const { saas, clock, database } = await openPlans(open);
      const start = clock.now();
      const period = { anchor: start, interval: "month", start, end: new Date("2026-02-28T12:00:00Z") } as const;
      await saas.entitlements.assign({ ...pro, period });
      await saas.entitlements.setAddOn({ subjectId, addOn: "calls", quantity: 2 });
      await saas.entitlements.override({ subjectId, overrides: { flags: { sso: false }, limits: { seat: 9 } } });
      const bought = await saas.entitlements.of(subjectId);
      // Deployed meanwhile, by an instance that knows the old version by name only.
      const next = createSaas({ database, clock, plans: define(500) });
      const says = async (status: "active" | "past_due" | "unpaid" | "paused") => {
        await next.entitlements.assign({ ...pro, status, period });
        clock.advance(4 * dayMs);
        return next.entitlements.of(subjectId);
      };
      expect(await says(word)).toMatchObject({ tier: "free", addOns: [], plan: { limits: { seat: 3 } } });
      const { tier, planVersion, plan, addOns } = await says("active");
      expect({ tier, planVersion, plan, addOns }).toEqual({
        ...{ tier: "pro", planVersion: plans.version },
        ...{ plan: bought.plan, addOns: bought.addOns },
      });
      await says(word);
      await next.entitlements.end({ subjectId, billed: true });
      const fresh = await next.entitlements.assign({ ...pro, period: { ...period, start: clock.now() } });
      expect(fresh).toMatchObject({
        planVersion: define(500).version,
        addOns: [],
        plan: { limits: { call: 500, seat: 3 } },
      });
    },
  );

  test("a tier of one's own stands among the others by its level, and Stripe does not take it away", async () => {
    const { saas, clock, limit } = await openPlans(open);
    const tier = {
      level: 15,
      name: "Acme",
      price: null,
      interval: "year",
      limits: { call: 5_000, seat: null },
      flags: { sso: true },
      values: { sla: "99.9%" },
    } as const;
    const custom = await saas.entitlements.assignCustom({ subjectId, id: "acme", tier });
    expect(custom).toMatchObject({ tier: "acme", pinned: true, plan: { level: 15, values: { sla: "99.9%" } } });
    expect(await limit()).toBe(5_000);
    expect((await saas.entitlements.assignCustom({ subjectId, id: "acme", tier })).version).toBe(custom.version);
    for (const [id, wrong] of [
      ["Not an id", tier],
      ["free", tier],
      ["other", { ...tier, limits: {} }],
    ] as const) {
      const refused = saas.entitlements.assignCustom({ subjectId, id, tier: wrong });
      await expect(refused).rejects.toMatchObject({ code: "invalid_agreement" });
    }
    const start = clock.now();
    const period = { anchor: start, interval: "month", start, end: new Date("2026-02-28T12:00:00Z") } as const;
    for (const status of ["active", "canceled"] as const) {
      await saas.entitlements.assign({ ...pro, status, period });
      expect(await saas.entitlements.tierOf(subjectId)).toBe("acme");
    }
    await saas.entitlements.end({ subjectId, billed: true });
    expect(await saas.entitlements.tierOf(subjectId)).toBe("acme");
    expect(await saas.quotas.consume({ subjectId, feature: "call", quantity: 5_001 })).toMatchObject({
      allowed: false,
      wouldPass: { tier: "team" },
    });
    await saas.entitlements.assign({ subjectId, tier: "team", status: "active", period });
    expect(await saas.entitlements.of(subjectId)).toMatchObject({ tier: "team", pinned: false });
    await saas.entitlements.end({ subjectId });
    expect(await saas.entitlements.tierOf(subjectId)).toBe("free");
    expect((await saas.entitlements.history(subjectId)).map((past) => past.tier)).toEqual([
      "free",
      "team",
      "acme",
      "free",
    ]);
  });

  test("a planned downgrade waits for the end of the period and keeps its usage until then", async () => {
    const { saas, clock, limit } = await openPlans(open);
    await saas.entitlements.assign({ subjectId, tier: "team", status: "active" });
    const { period } = await saas.entitlements.of(subjectId);
    await saas.entitlements.schedule({ subjectId, tier: "pro" });
    expect(await limit()).toBeNull();
    clock.set(period.end);
    expect(await limit()).toBe(1_000);
    expect(await saas.entitlements.of(subjectId)).toMatchObject({ tier: "pro", period: { start: period.end } });
    await expect(saas.entitlements.schedule({ subjectId, tier: "team" })).rejects.toMatchObject({
      code: "invalid_agreement",
    });
  });

  test.each([
    ["a limit that is no number", { limits: { call: Number.NaN } }, "invalid_agreement"],
    ["a limit of a flag", { limits: { sso: 1 } }, "invalid_agreement"],
    ["a limit of nothing known", { limits: { cal: 1 } }, "unknown_feature"],
    ["a minimum below nothing", { minimumSpend: -1 }, "invalid_agreement"],
    ["a price in another currency", { price: money(100, "eur") }, "invalid_agreement"],
    ["a price of half a cent", { price: { amount: 0.5, currency: "usd" } }, "invalid_agreement"],
  ])("%s is refused", async (_what, overrides, code) => {
    const { saas } = await openPlans(open);
    await expect(saas.entitlements.override({ subjectId, overrides })).rejects.toMatchObject({ code });
    const refused = (promise: Promise<unknown>) => expect(promise).rejects;
    await refused(saas.entitlements.setAddOn({ subjectId, addOn: "calls", quantity: 0.5 })).toMatchObject({
      code: "invalid_agreement",
    });
    await refused(saas.entitlements.setAddOn({ subjectId, addOn: "cals", quantity: 1 })).toMatchObject({
      code: "unknown_add_on",
    });
    await refused(
      saas.entitlements.grant({ subjectId, id: "x", feature: "call", quantity: 1, expiresAt: new Date(0) }),
    ).toMatchObject({ code: "invalid_agreement" });
    expect((await saas.entitlements.of(subjectId)).version).toBe(1);
  });
});

function defined(calls: number) {
  const free = {
    level: 0,
    name: "Free",
    price: money(0, "usd"),
    interval: "month",
    limits: { call: calls, seat: 1 },
    flags: { sso: false },
    values: { sla: null },
  } as const;
  return { features, tiers: { free } };
}
