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
