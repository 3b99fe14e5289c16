/** What a change in the middle of a period costs, and gives back. https://docs.stripe.com/billing/subscriptions/prorations */
import type Stripe from "stripe";
import { invalidRequest } from "../errors.ts";
import { createIdentifier } from "../identifiers.ts";
import { createInvoice } from "../invoices/invoices.ts";
import { isMetered, prorationLine, recurringLine } from "../invoices/lines.ts";
import { wireDecimal } from "../prices/decimals.ts";
import type { Scope } from "../scope.ts";
import { idOf } from "../store/kinds.ts";
import { billedAmount, netAmount } from "./net-amount.ts";
import { restOf } from "./proration.ts";
import { linkInvoice, periodOf } from "./subscriptions.ts";
import type { UpdateInput } from "./update-input.ts";

/** Prorates and bills a change as asked for. */
export function billChange(
  scope: Scope,
  before: Stripe.Subscription,
  after: Stripe.Subscription,
  input: Pick<UpdateInput, "items" | "proration_behavior" | "proration_date">,
  { resets, entersTrial }: { resets: boolean; entersTrial: boolean },
): { subscription: Stripe.Subscription; draft: Stripe.Invoice | null } {
  const period = periodOf(before);
  const behavior = input.proration_behavior ?? "create_prorations";
  const at = input.proration_date ?? scope.now;
  if (at < period.start || at > period.end)
    throw invalidRequest("Cannot specify `proration_date` outside of the subscription's current period.", {
      param: "proration_date",
    });
  if (input.items !== undefined || resets || entersTrial) {
    // Of a trial nothing was paid, so nothing is to be given back or asked for.
    if (behavior !== "none" && before.status !== "trialing")
      prorate(scope, before, after, { at, resets: resets || entersTrial });
    if ((behavior === "always_invoice" && !entersTrial) || resets) return billNow(scope, before, after, { at, resets });
  }
  return { subscription: after, draft: null };
}

/** Puts money back for the rest of the old items, and asks for the rest of the new ones, on the next invoice. */
function prorate(
  scope: Scope,
  before: Stripe.Subscription,
  after: Stripe.Subscription,
  { at, resets }: { at: number; resets: boolean },
): void {
  const period = periodOf(before);
  // At the very end of a period there is nothing left to share out.
  if (at >= period.end) return;
  const rest = { start: at, end: period.end };
  for (const old of before.items.data) {
    const now = after.items.data.find((item) => item.id === old.id);
    if (!resets && now !== undefined && now.price.id === old.price.id && now.quantity === old.quantity) continue;
    if (isMetered(old)) continue;
    addProration(scope, after, old, "unused", -restOf(billedAmount(scope, before, old), at, period), rest);
  }
  // A period that starts anew is billed whole, see billNow.
  if (resets) return;
  for (const item of after.items.data) {
    const old = before.items.data.find((one) => one.id === item.id);
    if (old !== undefined && item.price.id === old.price.id && item.quantity === old.quantity) continue;
    if (isMetered(item)) continue;
    addProration(scope, after, item, "remaining", restOf(netAmount(scope, after, item), at, period), rest);
  }
}

function addProration(
  scope: Scope,
  subscription: Stripe.Subscription,
  item: Stripe.SubscriptionItem,
  kind: "unused" | "remaining",
  amount: number,
  period: { start: number; end: number },
): void {
  const line = prorationLine(scope, item, kind, amount, period);
  const invoiceItem = scope.objects.insert("invoiceitem", {
    id: createIdentifier("ii"),
    object: "invoiceitem",
    amount,
    currency: line.currency,
    customer: idOf(subscription.customer) ?? "",
    customer_account: null,
    date: scope.now,
    description: line.description,
    discountable: false,
    discounts: [],
    invoice: null,
    livemode: false,
    metadata: {},
    parent: {
      type: "subscription_details",
      subscription_details: { subscription: subscription.id, subscription_item: item.id },
    },
    period,
    pricing: line.pricing,
    proration: true,
    proration_details: { credited_items: null, discount_amounts: [] },
    quantity: item.quantity ?? 1,
    quantity_decimal: wireDecimal(String(item.quantity ?? 1)),
    tax_rates: [],
    test_clock: idOf(subscription.test_clock),
  });
  scope.emit("invoiceitem.created", invoiceItem);
}

function billNow(
  scope: Scope,
  before: Stripe.Subscription,
  after: Stripe.Subscription,
  { at, resets }: { at: number; resets: boolean },
): { subscription: Stripe.Subscription; draft: Stripe.Invoice } {
  const lines = resets ? after.items.data.map((item) => recurringLine(scope, item, periodOf(after))) : [];
  const draft = createInvoice(scope, {
    customer: idOf(after.customer) ?? "",
    subscription: after,
    prorationDate: at,
    reason: "subscription_update",
    currency: after.currency,
    lines,
    period: { start: periodOf(before).start, end: scope.now },
    autoAdvance: true,
  });
  return { subscription: linkInvoice(scope, after.id, draft), draft };
}

/** Gives back what is left of the period that was paid for, on the next invoice. For a cancellation in the middle. */
export function creditRest(scope: Scope, subscription: Stripe.Subscription): void {
  const period = periodOf(subscription);
  if (subscription.status === "trialing" || scope.now >= period.end) return;
  for (const item of subscription.items.data) {
    if (isMetered(item)) continue;
    const amount = -restOf(billedAmount(scope, subscription, item), scope.now, period);
    addProration(scope, subscription, item, "unused", amount, { start: scope.now, end: period.end });
  }
}
