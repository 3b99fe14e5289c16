import type Stripe from "stripe";
import { abandonPayment, attemptPayment } from "../invoices/collect.ts";
import { createInvoice, finalizeInvoice, pendingItems, voidInvoice } from "../invoices/invoices.ts";
import { isMetered, meteredLine } from "../invoices/lines.ts";
import { change, need, type Scope } from "../scope.ts";
import { idOf } from "../store/kinds.ts";
import { periodOf } from "./subscriptions.ts";

export interface CancellationDetails {
  comment?: string | null | undefined;
  feedback?: Stripe.Subscription.CancellationDetails.Feedback | null | undefined;
}

/**
 * Ends a subscription now, without money back. What is still owed stays open but is not collected any more; items that
 * waited for a next invoice are dropped, since there is none, unless they are kept for a final one.
 */
export function cancelSubscription(
  scope: Scope,
  subscription: Stripe.Subscription,
  reason: "cancellation_requested" | "payment_failed",
  { keepPending = false, details = {} }: { keepPending?: boolean; details?: CancellationDetails | undefined } = {},
): Stripe.Subscription {
  scope.timers.clear(subscription.id);
  if (!keepPending)
    for (const item of pendingItems(scope, idOf(subscription.customer) ?? "", subscription.id))
      scope.objects.remove(item.id);
  for (const invoice of scope.objects.all("invoice", {
    "parent.subscription_details.subscription": subscription.id,
    status: ["draft", "open"],
  })) {
    scope.timers.clear(invoice.id);
    change(
      scope,
      "invoice",
      invoice,
      { auto_advance: false, automatically_finalizes_at: null, next_payment_attempt: null },
      "invoice.updated",
    );
  }
  const schedule = idOf(subscription.schedule);
  if (schedule !== null) endSchedule(scope, schedule);
  const neverStarted = subscription.status === "incomplete";
  const before = subscription.cancellation_details;
  return change(
    scope,
    "subscription",
    need(scope, "subscription", subscription.id),
    {
      status: neverStarted ? "incomplete_expired" : "canceled",
      canceled_at: subscription.canceled_at ?? scope.now,
      ended_at: scope.now,
      schedule: null,
      cancellation_details: {
        comment: details.comment ?? before?.comment ?? null,
        feedback: details.feedback ?? before?.feedback ?? null,
        feedback_option: null,
        reason,
      },
    },
    "customer.subscription.deleted",
  );
}

/** A last invoice: what was used since the period began, and what waited for a next one. Null when there is nothing on it. */
function finalInvoice(
  scope: Scope,
  subscription: Stripe.Subscription,
  until: number,
  autoAdvance: boolean,
): Stripe.Invoice | null {
  const customer = idOf(subscription.customer) ?? "";
  const { start } = periodOf(subscription);
  const lines =
    subscription.trial_end !== null && subscription.trial_end >= until
      ? []
      : subscription.items.data
          .filter(isMetered)
          .map((item) => meteredLine(scope, customer, item, { start, end: until }));
  if (lines.every((line) => line.amount === 0) && pendingItems(scope, customer, subscription.id).length === 0)
    return null;
  const invoice = createInvoice(scope, {
    customer,
    subscription,
    reason: autoAdvance ? "subscription_cycle" : "manual",
    currency: subscription.currency,
    lines,
    period: { start, end: until },
    autoAdvance,
  });
  const canceled = need(scope, "subscription", subscription.id);
  change(scope, "subscription", canceled, { latest_invoice: invoice.id }, null);
  return invoice;
}

/** Ends it at the end of its period; usage of that period, and prorations that waited, are still billed. */
export function cancelAtEnd(scope: Scope, subscription: Stripe.Subscription): void {
  const { end } = periodOf(subscription);
  const canceled = cancelSubscription(scope, subscription, "cancellation_requested", { keepPending: true });
  finalInvoice(scope, canceled, Math.min(end, scope.now), true);
}

/** Timer: the time that was chosen for the end has come. */
export function cancelDue(scope: Scope, id: string): void {
  const subscription = scope.objects.find("subscription", id);
  if (subscription === undefined || subscription.ended_at !== null) return;
  cancelAtEnd(scope, subscription);
}

/** Ends it now and bills what is left: usage so far, and items that waited. */
export function cancelWithInvoice(
  scope: Scope,
  subscription: Stripe.Subscription,
  details: CancellationDetails | undefined,
): Stripe.Subscription {
  const canceled = cancelSubscription(scope, subscription, "cancellation_requested", { keepPending: true, details });
  const draft = finalInvoice(scope, canceled, scope.now, false);
  if (draft !== null) {
    const open = finalizeInvoice(scope, draft);
    if (open.status === "open") attemptPayment(scope, open);
  }
  return need(scope, "subscription", subscription.id);
}

function endSchedule(scope: Scope, id: string): void {
  const schedule = need(scope, "subscription_schedule", id);
  scope.timers.clear(id);
  change(
    scope,
    "subscription_schedule",
    schedule,
    { status: "canceled", canceled_at: scope.now, current_phase: null },
    "subscription_schedule.canceled",
  );
}

/** Nobody paid the first invoice in time: it is voided and the subscription is over. */
export function expireIncomplete(scope: Scope, id: string): void {
  const subscription = scope.objects.find("subscription", id);
  if (subscription?.status !== "incomplete") return;
  const invoice = scope.objects.find("invoice", idOf(subscription.latest_invoice) ?? "");
  if (invoice?.status === "open") {
    abandonPayment(scope, invoice.id);
    voidInvoice(scope, invoice);
  }
  scope.timers.clear(id);
  change(
    scope,
    "subscription",
    subscription,
    { status: "incomplete_expired", ended_at: scope.now },
    "customer.subscription.updated",
  );
}
