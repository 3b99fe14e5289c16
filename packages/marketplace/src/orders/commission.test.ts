import { money } from "@revops/core";
import { expect, test } from "vitest";
import { assertCommissionRule, splitPrice } from "./commission.ts";

const split = (amount: number, basisPoints: number) => {
  const { commission, earnings } = splitPrice(money(amount, "usd"), { kind: "percentage", basisPoints });
  return [commission.amount, earnings.amount];
};

test.for([
  [1999, 1500, 300, 1699], // 299.85
  [10, 1500, 2, 8], // 1.5: half goes up
  [3, 1500, 0, 3], // 0.45
  [1, 5000, 1, 0], // 0.5
  [1000, 0, 0, 1000],
  [1000, 10_000, 1000, 0],
  [Number.MAX_SAFE_INTEGER, 1234, 1_111_488_388_035_038, 7_895_710_866_705_953],
])("%d at %d basis points is split into %d and %d", ([amount = 0, points = 0, commission, earnings]) => {
  expect(split(amount, points)).toEqual([commission, earnings]);
});

test("no cent is lost or made, whatever the price", () => {
  for (let amount = 1; amount < 20_000; amount += 7) {
    const [commission = 0, earnings = 0] = split(amount, 1_337);
    expect(commission + earnings).toBe(amount);
    expect(Math.abs(commission * 10_000 - amount * 1_337)).toBeLessThanOrEqual(5_000);
  }
});

test.for([-1, 10_001, 0.5, Number.NaN])("a rule of %d basis points is refused", (basisPoints) => {
  expect(() => assertCommissionRule({ kind: "percentage", basisPoints })).toThrow(RangeError);
});
