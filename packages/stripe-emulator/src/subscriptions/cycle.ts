import type Stripe from "stripe";
import { activeDiscounts, endDiscount } from "../coupons/discounts.ts";
import { attemptPayment, paymentOf } from "../invoices/collect.ts";
import { createInvoice, finalizeInvoice, subscriptionOf } from "../invoices/invoices.ts";
import { isMetered, meteredLine, type Period, recurringLine } from "../invoices/lines.ts";
import { countAgain } from "../invoices/metered.ts";
import { change, need, type Scope } from "../scope.ts";
import { idOf } from "../store/kinds.ts";
import { periodEnd } from "./billing-period.ts";
import { cancelAtEnd, cancelSubscription } from "./cancel.ts";
import { intervalOf, itemList } from "./items.ts";
import { settlePaused } from "./pause.ts";
import { linkInvoice, periodOf } from "./subscriptions.ts";
import { hasPaymentMethod } from "./trial.ts";

const living: readonly Stripe.Subscription.Status[] = ["active", "past_due", "unpaid", "trialing"];

/** A period is over: the subscription ends if that was asked for, or moves on and bills the next one. */
export function renew(scope: Scope, id: string): void {
  const subscription = scope.objects.find("subscription", id);
  if (subscription === undefined || !living.includes(subscription.status)) return;
  if (subscription.cancel_at_period_end) {
    cancelAtEnd(scope, subscription);
    return;
  }
  if (subscription.status === "trialing" && endsUnpayable(scope, subscription)) return;
  const past = periodOf(subscription);
  const [first] = subscription.items.data;
  if (first === undefined) return;
  const next = { start: past.end, end: periodEnd(subscription.billing_cycle_anchor, intervalOf(first), past.end) };
  const items = subscription.items.data.map((item) => ({
    ...item,
    current_period_start: next.start,
    current_period_end: next.end,
  }));
  const going = activeDiscounts(scope, subscription.discounts);
  const moved = change(
    scope,
    "subscription",
    subscription,
    {
      items: itemList(id, items),
      discounts: going.map((discount) => discount.id),
      ...(subscription.status === "trialing" ? { status: "active" as const } : {}),
    },
    null,
  );
  dropEnded(scope, subscription, going);
  scope.timers.set({ object: id, task: "subscription.cycle", due: next.end, testClock: idOf(subscription.test_clock) });
  const paused = subscription.pause_collection?.behavior;
  const invoice = createInvoice(scope, {
    customer: idOf(moved.customer) ?? "",
    subscription: moved,
    reason: "subscription_cycle",
    currency: moved.currency,
    lines: cycleLines(scope, moved, past, next),
    period: past,
    // Of a subscription that is unpaid, invoices stay drafts. Source: https://docs.stripe.com/billing/subscriptions/overview#unpaid
    autoAdvance: paused === undefined && moved.status !== "unpaid",
  });
  const billed = linkInvoice(scope, id, invoice);
  scope.emit("customer.subscription.updated", billed, {
    items: { data: subscription.items.data },
    latest_invoice: idOf(subscription.latest_invoice),
    ...(billed.status === subscription.status ? {} : { status: subscription.status }),
  });
  if (paused === "void" || paused === "mark_uncollectible")
    settlePaused(scope, billed, finalizeInvoice(scope, invoice));
}

/** Licences are paid in advance for the next period, usage afterwards for the past one. */
function cycleLines(
  scope: Scope,
  subscription: Stripe.Subscription,
  past: Period,
  next: Period,
): Stripe.InvoiceLineItem[] {
  const customer = idOf(subscription.customer) ?? "";
  const wasTrial = subscription.trial_end === past.end;
  return subscription.items.data.map((item) => {
    if (!isMetered(item)) return recurringLine(scope, item, next);
    // What is used in a trial is free.
    return wasTrial
      ? recurringLine(scope, item, { start: past.end, end: past.end })
      : meteredLine(scope, customer, item, past);
  });
}

function dropEnded(scope: Scope, subscription: Stripe.Subscription, going: readonly Stripe.Discount[]): void {
  for (const reference of subscription.discounts) {
    const discount = scope.objects.find("discount", idOf(reference) ?? "");
    if (discount !== undefined && !going.some(({ id }) => id === discount.id)) endDiscount(scope, discount);
  }
}

/** A trial is over and there is nothing to charge: the subscription ends or pauses, if its settings say so. */
function endsUnpayable(scope: Scope, subscription: Stripe.Subscription): boolean {
  const wish = subscription.trial_settings?.end_behavior.missing_payment_method;
  if (wish === undefined || wish === "create_invoice" || hasPaymentMethod(scope, subscription)) return false;
  if (wish === "cancel") cancelSubscription(scope, subscription, "payment_failed");
  else {
    scope.timers.clear(subscription.id);
    change(scope, "subscription", subscription, { status: "paused" }, "customer.subscription.paused");
  }
  return true;
}

/** A renewal's draft is an hour old: its usage is counted for good, it is opened and collected. */
export function finalizeDue(scope: Scope, id: string): void {
  const invoice = scope.objects.find("invoice", id);
  if (invoice?.status !== "draft") return;
  const open = finalizeInvoice(scope, countAgain(scope, invoice));
  if (open.status !== "open") return;
  const subscription = scope.objects.find("subscription", subscriptionOf(open) ?? "");
  if (!settlePaused(scope, subscription, open)) attemptPayment(scope, open);
}

/** The next try of an invoice that could not be collected. */
export function retryPayment(scope: Scope, id: string): void {
  const invoice = scope.objects.find("invoice", id);
  // Without `auto_advance` Stripe collects nothing by itself: https://docs.stripe.com/api/invoices/object#invoice_object-auto_advance
  if (invoice?.status !== "open" || !invoice.auto_advance) return;
  const subscription = scope.objects.find("subscription", subscriptionOf(invoice) ?? "");
  if (subscription?.pause_collection == null) attemptPayment(scope, invoice);
}

/**
 * Reaction: when the latest invoice that was opened is paid, its subscription is active; an older one alone does not do it.
 * Source: https://docs.stripe.com/billing/subscriptions/overview#subscription-statuses (`past_due`)
 */
export function subscriptionInvoicePaid(scope: Scope, invoice: Stripe.Invoice): void {
  const id = subscriptionOf(invoice);
  const found = id === null ? undefined : scope.objects.find("subscription", id);
  if (found === undefined) return;
  const subscription = rememberMethod(scope, found, invoice);
  if (!["incomplete", "past_due", "unpaid", "paused"].includes(subscription.status)) return;
  const opened = scope.objects.all("invoice", {
    "parent.subscription_details.subscription": subscription.id,
    status: ["open", "paid", "uncollectible"],
  });
  if (opened.at(-1)?.id !== invoice.id) return;
  scope.timers.clear(subscription.id, "subscription.expire-incomplete");
  const active = change(scope, "subscription", subscription, { status: "active" }, "customer.subscription.updated");
  if (subscription.status === "paused") scope.emit("customer.subscription.resumed", active);
}

/** With `save_default_payment_method: on_subscription`, what paid an invoice pays the next ones too. */
function rememberMethod(scope: Scope, subscription: Stripe.Subscription, invoice: Stripe.Invoice): Stripe.Subscription {
  if (subscription.payment_settings?.save_default_payment_method !== "on_subscription") return subscription;
  const payment = paymentOf(scope, invoice.id);
  const intent = scope.objects.find("payment_intent", idOf(payment?.payment.payment_intent) ?? "");
  const method = idOf(intent?.payment_method);
  if (method === null || subscription.default_payment_method === method) return subscription;
  return change(
    scope,
    "subscription",
    subscription,
    { default_payment_method: method },
    "customer.subscription.updated",
  );
}

/** Reaction: a failed try makes its subscription past due; after the last one happens what the settings say. */
export function subscriptionInvoiceFailed(scope: Scope, invoice: Stripe.Invoice): void {
  const id = subscriptionOf(invoice);
  const subscription = id === null ? undefined : scope.objects.find("subscription", id);
  if (subscription === undefined || !living.includes(subscription.status)) return;
  const last = invoice.next_payment_attempt === null && invoice.auto_advance;
  const { afterLastRetry } = scope.settings;
  const status = subscription.status === "unpaid" || (last && afterLastRetry === "unpaid") ? "unpaid" : "past_due";
  const late = change(scope, "subscription", subscription, { status }, "customer.subscription.updated");
  if (last && afterLastRetry === "cancel")
    cancelSubscription(scope, need(scope, "subscription", late.id), "payment_failed");
}
