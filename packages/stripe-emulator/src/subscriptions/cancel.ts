import type Stripe from "stripe";
import { abandonPayment } from "../invoices/collect.ts";
import { pendingItems, voidInvoice } from "../invoices/invoices.ts";
import { change, need, type Scope } from "../scope.ts";
import { idOf } from "../store/kinds.ts";

/**
 * Ends a subscription now, without money back. What is still owed stays open but is not collected any more; items that
 * waited for a next invoice are dropped, since there is none.
 */
export function cancelSubscription(
  scope: Scope,
  subscription: Stripe.Subscription,
  reason: "cancellation_requested" | "payment_failed",
): Stripe.Subscription {
  scope.timers.clear(subscription.id);
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
  return change(
    scope,
    "subscription",
    need(scope, "subscription", subscription.id),
    {
      status: neverStarted ? "incomplete_expired" : "canceled",
      canceled_at: subscription.canceled_at ?? scope.now,
      ended_at: scope.now,
      schedule: null,
      cancellation_details: { comment: null, feedback: null, feedback_option: null, reason },
    },
    "customer.subscription.deleted",
  );
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
