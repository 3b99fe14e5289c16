import { expect, test } from "vitest";
import { reduce } from "./reduction.ts";

const line = (amount: number, product: string | null = "a", discountable = true) => ({ amount, discountable, product });
const percent = (percentOff: number, products: string[] | null = null) => ({ percentOff, amountOff: null, products });
const amount = (amountOff: number, products: string[] | null = null) => ({ percentOff: null, amountOff, products });

test.each([
  ["a percentage is rounded on each line", [line(999), line(1)], [percent(50)], [[500, 1]]],
  ["places of a percentage count", [line(10_000)], [percent(12.34)], [[1_234]]],
  ["an amount is shared out and sums up", [line(100), line(100), line(100)], [amount(100)], [[34, 33, 33]]],
  ["never more than there is", [line(300), line(200)], [amount(1_000)], [[300, 200]]],
  ["one after another", [line(1_000)], [percent(50), amount(100), percent(50)], [[500], [100], [200]]],
  ["only the products it is for", [line(500, "a"), line(500, "b")], [percent(10, ["b"])], [[0, 50]]],
  [
    "not what cannot be discounted, nor credits",
    [line(500, "a", false), line(-500), line(100)],
    [percent(100)],
    [[0, 0, 100]],
  ],
  ["nothing of nothing", [], [percent(10)], [[]]],
])("%s", (_name, lines, reductions, off) => {
  expect(reduce(lines, reductions)).toEqual(off);
});
