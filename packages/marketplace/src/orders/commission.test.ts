import { money } from "@revops/core";
import { seededRandom } from "@revops/testing";
import { expect, test } from "vitest";
import { assertCommission, type Commission, splitPrice } from "./commission.ts";

const usd = (amount: number) => money(amount, "usd");
const split = (amount: number, commission: Commission, volume?: number) => {
  const { commission: kept, earnings } = splitPrice(usd(amount), commission, volume);
  return [kept.amount, earnings.amount];
};
const percentage = (basisPoints: number) => ({ kind: "percentage", basisPoints }) as const;
const fixed = (amount: number) => ({ kind: "fixed", amount: usd(amount) }) as const;
const minimum = (amount: number) => ({ kind: "minimum", amount: usd(amount) }) as const;
const maximum = (amount: number) => ({ kind: "maximum", amount: usd(amount) }) as const;
const tiers = {
  kind: "volume",
  currency: "usd",
  tiers: [
    { from: 0, basisPoints: 2_000 },
    { from: 100_000, basisPoints: 1_500 },
    { from: 1_000_000, basisPoints: 1_000 },
  ],
} as const;

test.for([
  [1999, 1500, 300, 1699], // 299.85
  [10, 1500, 2, 8], // 1.5: half goes up
  [3, 1500, 0, 3], // 0.45
  [1, 5000, 1, 0], // 0.5
  [1000, 0, 0, 1000],
  [1000, 10_000, 1000, 0],
  [Number.MAX_SAFE_INTEGER, 1234, 1_111_488_388_035_038, 7_895_710_866_705_953],
])("%d at %d basis points is split into %d and %d", ([amount = 0, points = 0, commission, earnings]) => {
  expect(split(amount, percentage(points))).toEqual([commission, earnings]);
});

test.for<[string, number, Commission, number, number]>([
  ["they add up", 1_000, [fixed(30), percentage(1_000)], 0, 130],
  ["a minimum lifts", 100, [fixed(30), percentage(1_000), minimum(50)], 0, 50],
  ["a minimum does not lower", 1_000, [percentage(1_000), minimum(50)], 0, 100],
  ["a maximum bounds", 100_000, [percentage(1_000), maximum(2_500)], 0, 2_500],
  ["what follows a maximum is added to it", 100_000, [percentage(1_000), maximum(2_500), fixed(30)], 0, 2_530],
  ["never more than the price", 40, [minimum(50)], 0, 40],
  ["no rules, no commission", 1_000, [], 0, 0],
  ["volume: the first tier", 1_000, tiers, 99_999, 200],
  ["volume: a tier begins with its amount", 1_000, tiers, 100_000, 150],
  ["volume: the last tier", 1_000, tiers, 5_000_000, 100],
  ["volume with a minimum", 1_000, [tiers, minimum(120)], 5_000_000, 120],
  [
    "another currency's fixed rule does not apply",
    1_000,
    [percentage(100), { kind: "fixed", amount: money(30, "eur") }],
    0,
    10,
  ],
  ["another currency's volume does not apply", 1_000, { ...tiers, currency: "eur" }, 0, 0],
])("rules stack: %s", ([, amount, commission, volume, kept]) => {
  expect(split(amount, commission, volume)).toEqual([kept, amount - kept]);
});

test("no cent is lost or made, whatever the price and the rules", () => {
  const random = seededRandom("commission");
  for (let round = 0; round < 5_000; round++) {
    const amount = random.integer(1, 2_000_000);
    const all = [
      percentage(random.integer(0, 10_000)),
      fixed(random.integer(0, 500)),
      minimum(random.integer(0, 300)),
      maximum(random.integer(0, 90_000)),
      tiers,
    ];
    const rules = all.filter(() => random.integer(0, 1) === 1);
    const [commission = 0, earnings = 0] = split(amount, rules, random.integer(0, 2_000_000));
    expect(commission + earnings, `seed ${random.seed}`).toBe(amount);
    expect(Math.min(commission, earnings), `seed ${random.seed}`).toBeGreaterThanOrEqual(0);
  }
});

test.for<[string, unknown]>([
  ["below nothing", percentage(-1)],
  ["above all", percentage(10_001)],
  ["a part of a point", percentage(0.5)],
  ["no number", percentage(Number.NaN)],
  ["a fixed amount below nothing", fixed(-1)],
  ["tiers that do not start at 0", { ...tiers, tiers: tiers.tiers.slice(1) }],
  ["tiers that do not rise", { ...tiers, tiers: [tiers.tiers[0], tiers.tiers[0]] }],
  ["no tiers", { ...tiers, tiers: [] }],
])("a rule is refused: %s", ([, rule]) => {
  // Rules may come from a file, where no type says what they are.
  expect(() => assertCommission(rule as Commission)).toThrow(RangeError);
  expect(() => assertCommission([percentage(100), rule as never])).toThrow(RangeError);
});
