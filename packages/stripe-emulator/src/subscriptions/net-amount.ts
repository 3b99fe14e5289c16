import type Stripe from "stripe";
import { activeDiscounts, couponOf, reductionOf } from "../coupons/discounts.ts";
import { reduce } from "../coupons/reduction.ts";
import { itemAmount } from "../invoices/lines.ts";
import type { Scope } from "../scope.ts";
import { idOf } from "../store/kinds.ts";

/** What an item costs for a whole period after the discounts that last: those that are taken off once belong to one invoice. */
export function netAmount(scope: Scope, subscription: Stripe.Subscription, item: Stripe.SubscriptionItem): bigint {
  const lasting = activeDiscounts(scope, subscription.discounts).filter(
    (discount) => couponOf(scope, discount).duration !== "once",
  );
  const items = subscription.items.data;
  const at = items.findIndex((one) => one.id === item.id);
  const off = reduce(
    items.map((one) => ({
      amount: Number(itemAmount(scope, one)),
      discountable: true,
      product: idOf(one.price.product),
    })),
    lasting.map((discount) => reductionOf(scope, discount)),
  );
  return itemAmount(scope, item) - BigInt(off.reduce((sum, each) => sum + (each[at] ?? 0), 0));
}

/**
 * What was asked for an item and its present period, after discounts: what money is given back from. Where no invoice of this
 * period has it at its present price and quantity (it was changed since), what it costs now.
 */
export function billedAmount(scope: Scope, subscription: Stripe.Subscription, item: Stripe.SubscriptionItem): bigint {
  const invoices = scope.objects.all("invoice", { "parent.subscription_details.subscription": subscription.id });
  for (const invoice of invoices.reverse()) {
    if (invoice.status === "void") continue;
    for (const line of invoice.lines.data) {
      const details = line.parent?.subscription_item_details;
      if (details?.subscription_item !== item.id || details.proration) continue;
      if (line.period.end !== item.current_period_end || line.period.start !== item.current_period_start) continue;
      if (line.pricing?.price_details?.price !== item.price.id || line.quantity !== (item.quantity ?? 1)) continue;
      return BigInt(line.amount - (line.discount_amounts ?? []).reduce((sum, { amount }) => sum + amount, 0));
    }
  }
  return netAmount(scope, subscription, item);
}
