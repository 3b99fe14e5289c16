import { expect, test } from "vitest";
import { formatMoney } from "./money.ts";

test.each([
  [2_900, "usd", "$29.00"],
  [5, "usd", "$0.05"],
  [0, "eur", "€0.00"],
  [-1_234, "usd", "-$12.34"],
  [123_456_789, "eur", "€1,234,567.89"],
  [1_000, "jpy", "¥1,000"],
  [1_500, "kwd", "KWD 1.500"],
  [9_007_199_254_740_991, "usd", "$90,071,992,547,409.91"],
])("%d %s reads as %s", (amount, currency, shown) => {
  expect(formatMoney(amount, currency).replaceAll("\u00a0", " ")).toBe(shown);
});
