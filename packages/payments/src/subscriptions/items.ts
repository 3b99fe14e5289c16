/** The items of a subscription: the tier's own price, and the metered prices of what is used. */
import type { Database } from "@revops/database";
import type Stripe from "stripe";
import { ask } from "../gateway/refusal.ts";
import { tierMark, usageMark } from "../plans/names.ts";
import type { PlanStore } from "../plans/store.ts";
import type { StoredSubscription } from "./store.ts";

/** The item that says which tier it is; undefined for a subscription to none of our plans. */
export function planItemOf({ items }: Stripe.Subscription): Stripe.SubscriptionItem | undefined {
  return items.data.find(({ price }) => price.metadata[tierMark] !== undefined);
}

/** What a plan is sold as. */
export interface PlanItems {
  readonly stripePriceId: string;
  /** Its metered prices. */
  readonly usage: readonly { readonly feature: string; readonly stripePriceId: string }[];
}

/** The items of a new subscription or a phase; a metered one has no quantity. */
export function itemsOf({ stripePriceId, usage }: PlanItems): { price: string; quantity?: number }[] {
  return [{ price: stripePriceId, quantity: 1 }, ...usage.map(({ stripePriceId: price }) => ({ price }))];
}

/** An item that prices the use of a feature. */
export interface MeteredItem {
  readonly id: string;
  readonly feature: string;
  readonly stripePriceId: string;
}

export type ReadMeteredItems = (living: StoredSubscription) => Promise<MeteredItem[]>;

/** What a subscription has of them at Stripe, which is asked only where the plan ever had a metered price. */
export function createReadMeteredItems(options: {
  readonly database: Database;
  readonly stripe: Stripe;
  readonly plans: PlanStore;
}): ReadMeteredItems {
  const { database, stripe, plans } = options;
  return async ({ stripeSubscriptionId, tier, interval }) => {
    if ((await plans.pushedUsage(database, tier, interval)).length === 0) return [];
    const { items } = await ask(stripe.subscriptions.retrieve(stripeSubscriptionId));
    return items.data.flatMap(({ id, price }) => {
      const feature = price.metadata[usageMark];
      return feature === undefined ? [] : [{ id, feature, stripePriceId: price.id }];
    });
  };
}

/** What turns a subscription's items into a plan's: an item whose feature goes on keeps its id. Items of others are left alone. */
export function changeOfItems(
  metered: readonly MeteredItem[],
  planItemId: string,
  { stripePriceId, usage }: PlanItems,
): Stripe.SubscriptionUpdateParams.Item[] {
  const kept = usage.flatMap(({ feature, stripePriceId: price }) => {
    const item = metered.find((one) => one.feature === feature);
    if (item?.stripePriceId === price) return [];
    return [item ? { id: item.id, price } : { price }];
  });
  const dropped = metered.filter(({ feature }) => !usage.some((one) => one.feature === feature));
  return [{ id: planItemId, price: stripePriceId }, ...kept, ...dropped.map(({ id }) => ({ id, deleted: true }))];
}
