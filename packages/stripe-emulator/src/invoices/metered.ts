import type Stripe from "stripe";
import type { Scope } from "../scope.ts";
import { idOf } from "../store/kinds.ts";
import { subscriptionOf, withLines } from "./invoices.ts";
import { isMetered, meteredLine } from "./lines.ts";

/**
 * A draft with its metered lines counted anew: usage of the period that was reported while the invoice was a draft is still on it,
 * at the price of the line, whatever the subscription has changed to since.
 * Source: https://docs.stripe.com/billing/subscriptions/usage-based/recording-usage ("grace period")
 */
export function countAgain(scope: Scope, invoice: Stripe.Invoice): Stripe.Invoice {
  const subscription = subscriptionOf(invoice);
  if (subscription === null) return invoice;
  let changed = false;
  const lines = invoice.lines.data.map((line) => {
    const id = line.parent?.subscription_item_details?.subscription_item;
    const price = scope.objects.find("price", idOf(line.pricing?.price_details?.price) ?? "");
    if (!id || price === undefined || !isMetered({ price }) || line.period.start === line.period.end) return line;
    const counted = meteredLine(scope, idOf(invoice.customer) ?? "", { id, price, subscription }, line.period);
    if (String(counted.quantity_decimal) === String(line.quantity_decimal)) return line;
    changed = true;
    return { ...counted, id: line.id };
  });
  return changed ? withLines(scope, invoice, lines) : invoice;
}
