import type Stripe from "stripe";
import { expect, test } from "vitest";
import { changeOfItems, itemsOf } from "./items.ts";

const item = (id: string, price: string, metadata: Record<string, string> = {}) =>
  // What is read of an item.
  ({ id, price: { id: price, metadata } }) as Stripe.SubscriptionItem;

const present = [
  item("si_call", "price_call_pro", { revops_usage: "call", revops_usage_tier: "pro" }),
  item("si_plan", "price_pro", { revops_tier: "pro" }),
  item("si_token", "price_token_pro", { revops_usage: "token", revops_usage_tier: "pro" }),
  item("si_other", "price_other"),
];

test("a plan's items: its own price once, and its metered ones without a quantity", () => {
  const usage = [{ feature: "call", stripePriceId: "price_call" }];
  expect(itemsOf({ stripePriceId: "price_pro", usage })).toEqual([
    { price: "price_pro", quantity: 1 },
    { price: "price_call" },
  ]);
});

test("what goes on keeps its item, what is new is added, what is gone is taken off, what is not ours stays", () => {
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
