import type Stripe from "stripe";
import { expect, test } from "vitest";
import { readDecimal, wireDecimal } from "./decimals.ts";
import { priceAmount } from "./price-amount.ts";

const base = {
  billing_scheme: "per_unit",
  tiers_mode: null,
  transform_quantity: null,
  unit_amount: null,
  unit_amount_decimal: null,
} as unknown as Stripe.Price;
const tier = (up_to: number | null, unit: string, flat: number | null = null): Stripe.Price.Tier => ({
  up_to,
  unit_amount: null,
  unit_amount_decimal: wireDecimal(unit),
  flat_amount: flat,
  flat_amount_decimal: null,
});
const tiers = [tier(100, "10"), tier(1_000, "5", 200), tier(null, "0.25")];
const graduated: Stripe.Price = { ...base, billing_scheme: "tiered", tiers_mode: "graduated", tiers };
const volume: Stripe.Price = { ...graduated, tiers_mode: "volume" };

test.each([
  ["1", 10n],
  ["100", 1_000n],
  ["101", 1_000n + 5n + 200n],
  ["1000", 1_000n + 4_500n + 200n],
  ["1004", 1_000n + 4_500n + 200n + 1n],
  ["100.5", 1_000n + 3n + 200n], // Half a unit of the second tier is 2.5, rounded once, away from zero.
  ["0", 0n],
])("graduated: %s cost %d, each unit by its own tier", (quantity, amount) => {
  expect(priceAmount(graduated, readDecimal(quantity))).toBe(amount);
});

test.each([
  ["100", 1_000n],
  ["101", 505n + 200n],
  ["1001", 250n], // 250.25
  ["100.1", 501n + 200n], // 500.5
])("volume: %s cost %d, all by the tier the quantity falls in", (quantity, amount) => {
  expect(priceAmount(volume, readDecimal(quantity))).toBe(amount);
});

test.each([
  ["up", "1", 500n],
  ["up", "1000", 500n],
  ["up", "1000.001", 1_000n],
  ["down", "1999.999", 500n],
  ["down", "999", 0n],
] as const)("packages of 1000, %s: %s cost %d", (round, quantity, amount) => {
  const price = { ...base, unit_amount: 500, transform_quantity: { divide_by: 1_000, round } };
  expect(priceAmount(price, readDecimal(quantity))).toBe(amount);
});

test("the first tier's flat amount is owed also when nothing was used", () => {
  const fee = [tier(100, "10", 700), tier(null, "5", 200)];
  for (const price of [graduated, volume]) {
    expect(priceAmount({ ...price, tiers: fee }, 0)).toBe(700n);
    expect(priceAmount({ ...price, tiers: fee }, 1)).toBe(710n);
    expect(priceAmount(price, 0)).toBe(0n);
  }
});

test("fractions of a minor unit are kept until the end", () => {
  const price = { ...base, unit_amount_decimal: wireDecimal("0.000000000001") };
  expect(priceAmount(price, 999_999_999_999)).toBe(1n);
  expect(priceAmount(price, 499_999_999_999)).toBe(0n);
});
