/** The items of a subscription: the tier's own price, and the metered prices of what is used. */
import type Stripe from "stripe";
import { tierMark, usageMark } from "../plans/names.ts";

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

/** Items that price the use of a feature. */
export function meteredIn(items: readonly Stripe.SubscriptionItem[]) {
  return items.flatMap(({ id, price }) => {
    const feature = price.metadata[usageMark];
    return feature === undefined ? [] : [{ id, feature, stripePriceId: price.id }];
  });
}

/** What turns a subscription's items into a plan's: an item whose feature goes on keeps its id. Items of others are left alone. */
export function changeOfItems(
  present: readonly Stripe.SubscriptionItem[],
  planItemId: string,
  { stripePriceId, usage }: PlanItems,
): Stripe.SubscriptionUpdateParams.Item[] {
  const metered = meteredIn(present);
  const kept = usage.flatMap(({ feature, stripePriceId: price }) => {
    const item = metered.find((one) => one.feature === feature);
    if (item?.stripePriceId === price) return [];
    return [item ? { id: item.id, price } : { price }];
  });
  const dropped = metered.filter(({ feature }) => !usage.some((one) => one.feature === feature));
  return [{ id: planItemId, price: stripePriceId }, ...kept, ...dropped.map(({ id }) => ({ id, deleted: true }))];
}
