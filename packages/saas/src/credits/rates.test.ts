import { expect, test } from "vitest";
import { definePlans } from "../plans/plans.ts";
import { checkParts, poolRates } from "./rates.ts";

const tiers = {
  free: {
    level: 0,
    name: "Free",
    price: null,
    interval: "month",
    flags: {},
    values: {},
    limits: { token: 1, gigabyte: 1, peak: 1 },
  },
} as const;
const features = {
  token: { kind: "metered" },
  gigabyte: { kind: "metered", decimals: 3 },
  peak: { kind: "metered", meter: { aggregation: "max" } },
} as const;

test("rates are whole numbers of the smallest units", () => {
  const credits = { ai: { decimals: 2, rates: { token: "0.25" } }, disk: { decimals: 3, rates: { gigabyte: 2 } } };
  const rates = poolRates(definePlans({ features, tiers, credits }));
  expect([...rates]).toEqual([
    ["token", { pool: "ai", rate: 25 }],
    ["gigabyte", { pool: "disk", rate: 2 }],
  ]);
});

test.each([
  ["too fine for the pool", { ai: { decimals: 1, rates: { token: "0.25" } } }],
  ["too fine for what the feature counts in", { ai: { decimals: 0, rates: { gigabyte: 2 } } }],
])("a rate that is %s is refused", (_what, credits) => {
  expect(() => poolRates(definePlans({ features, tiers, credits }))).toThrow("more decimals");
});

test("what does not add up has no parts to be paid for", () => {
  expect(() => checkParts(definePlans({ features, tiers, credits: { ai: { rates: { peak: 1 } } } }))).toThrow("no sum");
  expect(() => checkParts(definePlans({ features, tiers }))).not.toThrow();
});
