import type Stripe from "stripe";
import type { Scope } from "../scope.ts";
import { idOf } from "../store/kinds.ts";
import { subscriptionOf, withLines } from "./invoices.ts";
import { isMetered, meteredLine } from "./lines.ts";

/**
 * A draft with its metered lines counted anew: usage of the period that was reported while the invoice was a draft is still on it.
 * Source: https://docs.stripe.com/billing/subscriptions/usage-based/recording-usage ("grace period")
 */
export function countAgain(scope: Scope, invoice: Stripe.Invoice): Stripe.Invoice {
  const subscription = scope.objects.find("subscription", subscriptionOf(invoice) ?? "");
  if (subscription === undefined) return invoice;
  const metered = new Map(subscription.items.data.filter(isMetered).map((item) => [item.id, item]));
  let changed = false;
  const lines = invoice.lines.data.map((line) => {
    const item = metered.get(line.parent?.subscription_item_details?.subscription_item ?? "");
    if (item === undefined || line.period.start === line.period.end) return line;
    const counted = meteredLine(scope, idOf(invoice.customer) ?? "", item, line.period);
    if (String(counted.quantity_decimal) === String(line.quantity_decimal)) return line;
    changed = true;
    return { ...counted, id: line.id };
  });
  return changed ? withLines(scope, invoice, lines) : invoice;
}
