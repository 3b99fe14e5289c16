import { expect, test } from "vitest";
import { changeOfItems, itemsOf } from "./items.ts";

const present = [
  { id: "si_call", feature: "call", stripePriceId: "price_call_pro" },
  { id: "si_token", feature: "token", stripePriceId: "price_token_pro" },
];

test("a plan's items: its own price once, and its metered ones without a quantity", () => {
  const usage = [{ feature: "call", stripePriceId: "price_call" }];
  expect(itemsOf({ stripePriceId: "price_pro", usage })).toEqual([
    { price: "price_pro", quantity: 1 },
    { price: "price_call" },
  ]);
});

test("what goes on keeps its item, what is new is added, what is gone is taken off", () => {
  const usage = [
    { feature: "call", stripePriceId: "price_call_team" },
    { feature: "minute", stripePriceId: "price_minute_team" },
  ];
  expect(changeOfItems(present, "si_plan", { stripePriceId: "price_team", usage })).toEqual([
    { id: "si_plan", price: "price_team" },
    { id: "si_call", price: "price_call_team" },
    { price: "price_minute_team" },
    { id: "si_token", deleted: true },
  ]);
});

test("a metered price that stays is not named again", () => {
  const usage = [
    { feature: "call", stripePriceId: "price_call_pro" },
    { feature: "token", stripePriceId: "price_token_pro" },
  ];
  const change = changeOfItems(present, "si_plan", { stripePriceId: "price_team", usage });
  expect(change).toEqual([{ id: "si_plan", price: "price_team" }]);
});
