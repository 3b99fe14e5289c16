import { expect, test } from "vitest";
import type { UsageCharge } from "../plans/plan.ts";
import { priceOfUse } from "./price-of-use.ts";

const steps = [
  { upTo: "100", unitAmount: "1.5", flatAmount: 40 },
  { upTo: "200", unitAmount: "1", flatAmount: 0 },
  { upTo: null, unitAmount: "0.125", flatAmount: 7 },
];

test.each<[UsageCharge, string, number]>([
  [{ model: "per_unit", unitAmount: "0.25" }, "403", 101],
  [{ model: "per_unit", unitAmount: "0.25" }, "2", 1],
  [{ model: "graduated", tiers: steps }, "0", 40],
  [{ model: "graduated", tiers: steps }, "100", 190],
  [{ model: "graduated", tiers: steps }, "100.5", 191],
  [{ model: "graduated", tiers: steps }, "204", 298],
  [{ model: "volume", tiers: steps }, "0", 40],
  [{ model: "volume", tiers: steps }, "100", 190],
  [{ model: "volume", tiers: steps }, "101", 101],
  [{ model: "volume", tiers: steps }, "300", 45],
  [{ model: "package", size: "500", amount: 80, rounding: "up" }, "0", 0],
  [{ model: "package", size: "500", amount: 80, rounding: "up" }, "500", 80],
  [{ model: "package", size: "500", amount: 80, rounding: "up" }, "500.001", 160],
  [{ model: "package", size: "500", amount: 80, rounding: "down" }, "999.9", 80],
])("%j of %s is %i", (charge, quantity, amount) => {
  expect(priceOfUse(charge, quantity)).toBe(amount);
});
