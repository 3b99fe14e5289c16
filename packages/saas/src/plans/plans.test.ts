import { money } from "@revops/core";
import { expect, test } from "vitest";
import { definePlans } from "./plans.ts";
import { standardPlans } from "./standard.ts";

const features = {
  call: { kind: "metered" },
  seat: { kind: "allocated", decimals: 1 },
  sso: { kind: "flag" },
  sla: { kind: "static" },
} as const;
const tier = {
  level: 0,
  name: "Free",
  price: null,
  interval: "month",
  limits: { call: 1, seat: 1 },
  flags: { sso: false },
  values: { sla: null },
} as const;

test("a misspelt feature does not compile, and is refused where no compiler looked", () => {
  // @ts-expect-error: `cal` is no feature
  expect(() => definePlans({ features, tiers: { free: { ...tier, limits: { cal: 1, seat: 1 } } } })).toThrow(/call/);
  // @ts-expect-error: a limit too many
  expect(() => definePlans({ features, tiers: { free: { ...tier, limits: { call: 1, seat: 1, sso: 1 } } } })).toThrow(
    /sso/,
  );
  // @ts-expect-error: a flag has no limit, so it is missing among the flags
  expect(() => definePlans({ features, tiers: { free: { ...tier, flags: {} } } })).toThrow(/sso/);
});

test("a misspelt feature, pool or model does not compile anywhere else either", () => {
  const define = (definition: Parameters<typeof definePlans>[0]) => () => definePlans(definition);
  const free = tier;
  definePlans({
    features,
    credits: { ai: { rates: { call: "0.5" } } },
    addOns: { seats: { name: "5 seats", price: money(500, "usd"), limits: { seat: 5 }, flags: { sso: true } } },
    tiers: {
      free: { ...tier, credits: { ai: { amount: 100 } }, rules: { call: { charge: { model: "flat", amount: 1 } } } },
    },
  });
  // @ts-expect-error: a rule for what is no feature
  expect(() => definePlans({ features, tiers: { free: { ...tier, rules: { cal: {} } } } })).toThrow(/cal/);
  // @ts-expect-error: a rule for a flag
  expect(() => definePlans({ features, tiers: { free: { ...tier, rules: { sso: {} } } } })).toThrow(/sso/);
  // @ts-expect-error: a rate for a standing count
  expect(() => definePlans({ features, tiers: { free }, credits: { ai: { rates: { seat: 1 } } } })).toThrow(/seat/);
  const credits = { ai: { rates: { call: 1 } } } as const;
  const ia = { amount: 1 };
  // @ts-expect-error: a pool that there is not
  expect(() => definePlans({ features, credits, tiers: { free: { ...tier, credits: { ia } } } })).toThrow(/ia/);
  const addOn = { name: "x", price: money(1, "usd") } as const;
  // @ts-expect-error: an add-on for what is no feature
  expect(() => definePlans({ features, tiers: { free }, addOns: { x: { ...addOn, limits: { saet: 1 } } } })).toThrow(
    /saet/,
  );
  const model = { model: "per_unti", unitAmount: 1 } as never;
  expect(define({ features, tiers: { free: { ...tier, rules: { call: { charge: model } } } } })).toThrow(/per_unti/);
});

test("what is left out has its default", () => {
  const soft = { limit: "soft", charge: { model: "per_unit", unitAmount: "0.250" } } as const;
  const plans = definePlans({ features, tiers: { free: { ...tier, rules: { call: soft } } } });
  expect(plans.tier("free")).toMatchObject({
    rules: {
      call: {
        limit: "soft",
        windows: [],
        included: "1",
        charge: { model: "per_unit", unitAmount: "0.25" },
        thresholds: [80, 100],
      },
      seat: { limit: "hard", included: "0", charge: null },
    },
    currency: "usd",
    minimumSpend: 0,
    spendCap: null,
    trialDays: 0,
    graceDays: null,
  });
  expect(plans.feature("call")).toMatchObject({ outage: "refuse", meter: { aggregation: "sum", dimensions: [] } });
  expect(plans.feature("seat").meter).toMatchObject({ aggregation: "sum" });
  expect(plans.feature("sso").meter).toBeNull();
  const level = { call: { kind: "metered", meter: { aggregation: "time_weighted_sum" } } } as const;
  const free = { ...tier, limits: { call: 1 }, flags: {}, values: {} };
  expect(() => definePlans({ features: level, tiers: { free } })).toThrow(/allocated|metered/);
});

const priced = (charge: unknown, feature: "call" | "seat" = "call") => ({ ...tier, rules: { [feature]: { charge } } });

test.each([
  ["a price below nothing", priced({ model: "per_unit", unitAmount: "-0.1" })],
  ["a price that is no number", priced({ model: "per_unit", unitAmount: "a lot" })],
  ["seats of what has no standing count", priced({ model: "per_seat", unitAmount: 1 })],
  ["steps without an end", priced({ model: "graduated", tiers: [{ upTo: 10, unitAmount: 1 }] })],
  ["an end before the last step", priced({ model: "volume", tiers: [{ upTo: null }, { upTo: null }] })],
  ["steps that do not rise", priced({ model: "graduated", tiers: [{ upTo: 10 }, { upTo: 10 }, { upTo: null }] })],
  ["no steps", priced({ model: "volume", tiers: [] })],
  ["a step within a unit", priced({ model: "volume", tiers: [{ upTo: 1.5 }, { upTo: null }] })],
  ["packages of nothing", priced({ model: "package", size: 0, amount: 100 })],
  ["half a cent for a package", priced({ model: "package", size: 10, amount: 0.5 })],
  ["a daily cap on a standing count", { ...tier, rules: { seat: { per: { day: 1 } } } }],
  ["thresholds that fall", { ...tier, rules: { call: { thresholds: [90, 80] } } }],
  ["a minimum below nothing", { ...tier, minimumSpend: -1 }],
  ["half a day of trial", { ...tier, trialDays: 0.5 }],
  ["a price in one currency and charges in another", { ...tier, price: money(1, "usd"), currency: "eur" }],
])("%s stops the start too", (_what, free) => {
  expect(() => definePlans({ features, tiers: { free: free as never } })).toThrow(
    expect.objectContaining({ code: "invalid_plans" }),
  );
});

test("a catalog has one currency, which a tier of custom price has too", () => {
  const pro = { ...tier, level: 1, price: money(1, "eur") };
  expect(definePlans({ features, tiers: { free: tier, pro } }).tiers.map(({ currency }) => currency)).toEqual([
    "eur",
    "eur",
  ]);
  const mixed = { free: { ...tier, price: money(0, "usd") }, pro };
  expect(() => definePlans({ features, tiers: mixed })).toThrow(/eur/);
  const addOns = { x: { name: "x", price: money(1, "usd") } };
  expect(() => definePlans({ features, tiers: { pro }, addOns })).toThrow(/add-on "x"/);
});

test("ids are inferred", () => {
  const plans = definePlans({ features, tiers: { free: tier, pro: { ...tier, level: 1 } } });
  const id: string = "seat";
  if (plans.isFeature(id)) {
    const known: "call" | "seat" | "sso" | "sla" = id;
    expect(known).toBe("seat");
  }
  expect(plans.isTier("gold")).toBe(false);
  expect(plans.tiers.map(({ id: tierId }) => tierId)).toEqual(["free", "pro"]);
  expect(plans.base.id).toBe("free");
});

test.each([
  ["two tiers of one level", { free: tier, pro: tier }],
  ["a negative limit", { free: { ...tier, limits: { call: -1, seat: 1 } } }],
  ["a limit that is no number", { free: { ...tier, limits: { call: Number.NaN, seat: 1 } } }],
  ["more decimals than the feature counts", { free: { ...tier, limits: { call: 1, seat: 1.25 } } }],
  ["a limit beyond exact numbers", { free: { ...tier, limits: { call: 2 ** 53, seat: 1 } } }],
  ["a fractional price", { free: { ...tier, price: { amount: 0.5, currency: "usd" } } }],
  ["a negative price", { free: { ...tier, price: { amount: -1, currency: "usd" } } }],
  ["a level between levels", { free: { ...tier, level: 0.5 } }],
  ["an id that no URL takes", { "Fr ee": tier }],
  ["no tier", {}],
])("%s stops the start", (_what, tiers) => {
  expect(() => definePlans({ features, tiers: tiers as never })).toThrow(
    expect.objectContaining({ code: "invalid_plans" }),
  );
});

test("a catalog cannot be changed after it was checked", () => {
  const limits = { call: 1, seat: 1 };
  const plans = definePlans({ features, tiers: { free: { ...tier, limits } } });
  limits.call = 1_000_000;
  expect(plans.tier("free").limits["call"]).toBe(1);
  expect(Object.isFrozen(plans) && Object.isFrozen(plans.tiers) && Object.isFrozen(plans.base.limits)).toBe(true);
});

test("the version names the content, not the order it was written in", () => {
  const pro = { ...tier, level: 1 };
  const version = (tiers: Parameters<typeof definePlans>[0]["tiers"]) =>
    definePlans({ features, tiers: tiers as Record<string, typeof tier> }).version;
  expect(version({ free: tier, pro })).toBe(version({ pro, free: tier }));
  expect(version({ free: tier })).not.toBe(version({ free: { ...tier, limits: { call: 2, seat: 1 } } }));
});

test("upgrade and downgrade follow the level", () => {
  expect(standardPlans.canUpgrade("free", "pro")).toBe(true);
  expect(standardPlans.canUpgrade("pro", "pro")).toBe(false);
  expect(standardPlans.canUpgrade("enterprise", "pro")).toBe(false);
  expect(standardPlans.canDowngrade("enterprise", "free")).toBe(true);
  expect(standardPlans.canDowngrade("free", "free")).toBe(false);
  expect(() => standardPlans.canUpgrade("free", "gold")).toThrow(expect.objectContaining({ code: "unknown_tier" }));
});

test("the plans as shipped", () => {
  expect(standardPlans.tier("free")).toMatchObject({
    price: money(0, "usd"),
    limits: { api_call: 1_000, template_install: 5, storage: 100 },
    values: { sla: null },
  });
  expect(standardPlans.tier("pro")).toMatchObject({
    price: money(2_900, "usd"),
    limits: { api_call: 100_000, template_install: 50, storage: 10_000 },
    flags: { custom_ontologies: true },
    values: { sla: "99.5%" },
  });
  expect(standardPlans.tier("enterprise")).toMatchObject({
    price: null,
    limits: { api_call: null, template_install: null, storage: null },
    flags: { priority_support: true },
    values: { sla: "99.99%" },
  });
});
