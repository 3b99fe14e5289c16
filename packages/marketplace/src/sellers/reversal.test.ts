import { seededRandom } from "@revops/testing";
import { expect, test } from "vitest";
import { reversalTo } from "./reversal.ts";

const sale = { amount: 1_999, commission: 300, reversed: 0, reversedCommission: 0 };

test("half takes half of each, rounded to the cent, and the rest takes the rest", () => {
  expect(reversalTo(sale, 1_000)).toEqual({ gross: 1_000, commission: 150, earnings: 850 });
  expect(reversalTo({ ...sale, reversed: 1_000, reversedCommission: 150 }, 1_999)).toEqual({
    gross: 999,
    commission: 150,
    earnings: 849,
  });
});

test("more than there is takes what there is, and giving again is the same backwards", () => {
  expect(reversalTo(sale, 5_000)).toEqual({ gross: 1_999, commission: 300, earnings: 1_699 });
  const all = { ...sale, reversed: 1_999, reversedCommission: 300 };
  expect(reversalTo(all, 0)).toEqual({ gross: -1_999, commission: -300, earnings: -1_699 });
});

test("a sale of nothing takes nothing", () => {
  expect(reversalTo({ amount: 0, commission: 0, reversed: 0, reversedCommission: 0 }, 10)).toEqual({
    gross: 0,
    commission: 0,
    earnings: 0,
  });
});

test("any way back and forth ends where it should, to the cent, and never below nothing", () => {
  const random = seededRandom("reversals");
  for (let round = 0; round < 300; round++) {
    const amount = random.integer(1, 1_000_000);
    const state = { amount, commission: random.integer(0, amount), reversed: 0, reversedCommission: 0 };
    const targets = [...Array.from({ length: 8 }, () => random.integer(0, amount)), round % 2 === 0 ? amount : 0];
    for (const target of targets) {
      const step = reversalTo(state, target);
      state.reversed += step.gross;
      state.reversedCommission += step.commission;
      expect(state.reversed, `seed ${random.seed}`).toBe(target);
      expect(state.reversedCommission, `seed ${random.seed}`).toBeLessThanOrEqual(state.commission);
      expect(state.reversedCommission, `seed ${random.seed}`).toBeLessThanOrEqual(target);
    }
    expect([state.reversed, state.reversedCommission]).toEqual(round % 2 === 0 ? [amount, state.commission] : [0, 0]);
  }
});
