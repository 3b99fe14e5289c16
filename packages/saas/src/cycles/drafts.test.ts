import { toScaled } from "@revops/core";
import { expect, test } from "vitest";
import { pricedPlans } from "../../test/priced.ts";
import { rate } from "../rating/rate.ts";
import { overLimit, ratingOf } from "./drafts.ts";

const period = { start: new Date("2026-04-01T00:00:00Z"), end: new Date("2026-05-01T00:00:00Z") };
const usage = (quantity: number) => {
  const feature = pricedPlans.feature("call");
  const scaled = toScaled(quantity, feature.decimals);
  return [{ feature, quantity: scaled, credited: 0, timeline: null, events: null }];
};

test("a trial costs nothing: no price, no use, no add-on and no minimum", () => {
  const addOns = pricedPlans.addOns.map((addOn) => ({ addOn, quantity: 1, ...period }));
  const total = (status: "active" | "trialing") =>
    rate(ratingOf({ plan: pricedPlans.tier("team"), status }, { period, part: period, addOns }, usage(50_000), []))
      .total.amount;
  expect([total("active"), total("trialing")]).toEqual([15_000, 0]);
});

test("a what-if tells what a hard limit would not have admitted, and nothing of a soft one", () => {
  const free = pricedPlans.tier("free");
  const soft = { ...free, rules: { ...free.rules, call: { ...free.rules["call"], limit: "soft" } } } as typeof free;
  expect([100, 101].map((quantity) => overLimit(free, usage(quantity)).length)).toEqual([0, 1]);
  expect(overLimit(soft, usage(101))).toEqual([]);
});
