import type Stripe from "stripe";
import { attemptPayment } from "../invoices/collect.ts";
import { createInvoice, finalizeInvoice, subscriptionOf } from "../invoices/invoices.ts";
import { recurringLine } from "../invoices/lines.ts";
import { change, need, type Scope } from "../scope.ts";
import { idOf } from "../store/kinds.ts";
import { periodEnd } from "./billing-period.ts";
import { cancelSubscription } from "./cancel.ts";
import { intervalOf, itemList } from "./items.ts";
import { periodOf } from "./subscriptions.ts";

const living: readonly Stripe.Subscription.Status[] = ["active", "past_due", "unpaid"];

/** A period is over: the subscription ends if that was asked for, or moves on and bills the next one. */
export function renew(scope: Scope, id: string): void {
  const subscription = scope.objects.find("subscription", id);
  if (subscription === undefined || !living.includes(subscription.status)) return;
  if (subscription.cancel_at_period_end) {
    cancelSubscription(scope, subscription, "cancellation_requested");
    return;
  }
  const past = periodOf(subscription);
  const [first] = subscription.items.data;
  if (first === undefined) return;
  const next = { start: past.end, end: periodEnd(subscription.billing_cycle_anchor, intervalOf(first), past.end) };
  const items = subscription.items.data.map((item) => ({
    ...item,
    current_period_start: next.start,
    current_period_end: next.end,
  }));
  const moved = change(scope, "subscription", subscription, { items: itemList(id, items) }, null);
  scope.timers.set({ object: id, task: "subscription.cycle", due: next.end, testClock: idOf(subscription.test_clock) });
  const invoice = createInvoice(scope, {
    customer: idOf(moved.customer) ?? "",
    subscription: moved,
    reason: "subscription_cycle",
    currency: moved.currency,
    lines: items.map((item) => recurringLine(scope, item, next)),
    period: past,
    autoAdvance: true,
  });
  const billed = { ...moved, latest_invoice: invoice.id };
  scope.objects.write("subscription", billed);
  scope.emit("customer.subscription.updated", billed, {
    items: { data: subscription.items.data },
    latest_invoice: idOf(subscription.latest_invoice),
  });
}

/** A renewal's draft is an hour old: it is opened and collected. */
export function finalizeDue(scope: Scope, id: string): void {
  const invoice = scope.objects.find("invoice", id);
  if (invoice?.status !== "draft") return;
  const open = finalizeInvoice(scope, invoice);
  if (open.status === "open") attemptPayment(scope, open);
}

/** The next try of an invoice that could not be collected. */
export function retryPayment(scope: Scope, id: string): void {
  const invoice = scope.objects.find("invoice", id);
  if (invoice?.status === "open") attemptPayment(scope, invoice);
}

/**
 * Reaction: when the latest invoice that was opened is paid, its subscription is active; an older one alone does not do it.
 * Source: https://docs.stripe.com/billing/subscriptions/overview#subscription-statuses (`past_due`)
 */
export function subscriptionInvoicePaid(scope: Scope, invoice: Stripe.Invoice): void {
  const id = subscriptionOf(invoice);
  const subscription = id === null ? undefined : scope.objects.find("subscription", id);
  if (subscription === undefined || !["incomplete", "past_due", "unpaid"].includes(subscription.status)) return;
  const opened = scope.objects.all("invoice", {
    "parent.subscription_details.subscription": subscription.id,
    status: ["open", "paid", "uncollectible"],
  });
  if (opened.at(-1)?.id !== invoice.id) return;
  scope.timers.clear(subscription.id, "subscription.expire-incomplete");
  change(scope, "subscription", subscription, { status: "active" }, "customer.subscription.updated");
}

/** Reaction: a failed try makes its subscription past due; the last failed one ends it. */
export function subscriptionInvoiceFailed(scope: Scope, invoice: Stripe.Invoice): void {
  const id = subscriptionOf(invoice);
  const subscription = id === null ? undefined : scope.objects.find("subscription", id);
  if (subscription === undefined || !living.includes(subscription.status)) return;
  const late = change(scope, "subscription", subscription, { status: "past_due" }, "customer.subscription.updated");
  if (invoice.next_payment_attempt === null && invoice.auto_advance)
    cancelSubscription(scope, need(scope, "subscription", late.id), "payment_failed");
}
