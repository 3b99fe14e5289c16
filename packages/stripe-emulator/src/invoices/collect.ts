import type Stripe from "stripe";
import { invalidRequest } from "../errors.ts";
import { createIdentifier } from "../identifiers.ts";
import { type ConfirmInput, confirmIntent } from "../payment-intents/confirm.ts";
import { cancelIntent, createIntent } from "../payment-intents/payment-intents.ts";
import { change, need, type Scope } from "../scope.ts";
import { idOf } from "../store/kinds.ts";
import { customerOf, markPaid, subscriptionOf } from "./invoices.ts";
import { nextAttempt } from "./retry-schedule.ts";

/** The payment method that an invoice is collected from: its own, its subscription's, its customer's. */
function methodFor(scope: Scope, invoice: Stripe.Invoice): string | null {
  const subscription = subscriptionOf(invoice);
  return (
    idOf(invoice.default_payment_method) ??
    (subscription === null ? null : idOf(scope.objects.find("subscription", subscription)?.default_payment_method)) ??
    idOf(customerOf(scope, invoice).invoice_settings.default_payment_method)
  );
}

/** The one way in which the invoice is being paid: its default payment. */
export function paymentOf(scope: Scope, invoice: string): Stripe.InvoicePayment | undefined {
  return scope.objects.all("invoice_payment", { invoice }).find((payment) => payment.is_default);
}

/** The intent that collects an open invoice; made at the first try and kept for all others. */
export function intentOf(scope: Scope, invoice: Stripe.Invoice): Stripe.PaymentIntent {
  const known = paymentOf(scope, invoice.id);
  const knownIntent = known && idOf(known.payment.payment_intent);
  if (knownIntent) return need(scope, "payment_intent", knownIntent);
  const intent = createIntent(scope, {
    amount: invoice.amount_remaining,
    currency: invoice.currency,
    customer: idOf(invoice.customer) ?? undefined,
    allowed_payment_method_types: ["card"],
    setup_future_usage: subscriptionOf(invoice) === null ? undefined : "off_session",
    description: subscriptionOf(invoice) === null ? "Payment for Invoice" : "Subscription update",
  });
  scope.objects.insert("invoice_payment", {
    id: createIdentifier("inpay"),
    object: "invoice_payment",
    amount_paid: null,
    amount_requested: invoice.amount_remaining,
    created: scope.now,
    currency: invoice.currency,
    invoice: invoice.id,
    is_default: true,
    livemode: false,
    payment: { type: "payment_intent", payment_intent: intent.id },
    status: "open",
    status_transitions: { canceled_at: null, paid_at: null },
  });
  return intent;
}

/**
 * One try to collect an open invoice. What comes of it (paid, failed, authentication needed) is done by the reactions to the
 * intent's events, so that a payment finished on the hosted page ends the same way.
 */
export function attemptPayment(
  scope: Scope,
  invoice: Stripe.Invoice,
  { method, by = "schedule" }: { method?: string | undefined; by?: "schedule" | "hand" } = {},
): Stripe.PaymentIntent {
  if (invoice.status !== "open")
    throw invalidRequest("Invoice is not open, and cannot be paid.", { code: "invoice_not_open" });
  const payWith = method ?? methodFor(scope, invoice);
  const intent = intentOf(scope, invoice);
  // Any first try counts; after it only those of the schedule do. Source: https://docs.stripe.com/api/invoices/object (`attempt_count`)
  const counts = by === "schedule" || invoice.attempt_count === 0;
  if (counts) scope.timers.clear(invoice.id, "invoice.attempt");
  const counted = counts
    ? change(
        scope,
        "invoice",
        invoice,
        { attempted: true, attempt_count: invoice.attempt_count + 1, next_payment_attempt: null },
        null,
      )
    : invoice;
  if (payWith === null) {
    noteFailure(scope, counted);
    return intent;
  }
  const input: ConfirmInput = { payment_method: payWith };
  return confirmIntent(scope, intent, input, "recurring");
}

function invoiceOf(scope: Scope, intent: Stripe.PaymentIntent): Stripe.Invoice | undefined {
  const [payment] = scope.objects.all("invoice_payment", { "payment.payment_intent": intent.id });
  const invoice = payment && idOf(payment.invoice);
  return invoice ? scope.objects.find("invoice", invoice) : undefined;
}

/** Reaction: the intent succeeded, so its invoice is paid. */
export function invoiceIntentSucceeded(scope: Scope, intent: Stripe.PaymentIntent): void {
  const invoice = invoiceOf(scope, intent);
  const payment = invoice && paymentOf(scope, invoice.id);
  if (invoice?.status !== "open" || payment === undefined) return;
  const paid = {
    ...payment,
    status: "paid",
    amount_paid: intent.amount_received,
    status_transitions: { ...payment.status_transitions, paid_at: scope.now },
  };
  scope.objects.write("invoice_payment", paid);
  scope.emit("invoice_payment.paid", paid);
  markPaid(scope, invoice);
}

/** Reaction: the try failed; the next one is planned, unless it was the last. */
export function invoiceIntentFailed(scope: Scope, intent: Stripe.PaymentIntent): void {
  const invoice = invoiceOf(scope, intent);
  if (invoice?.status === "open") noteFailure(scope, invoice);
}

/** Reaction: the bank wants to see the holder. */
export function invoiceIntentNeedsAction(scope: Scope, intent: Stripe.PaymentIntent): void {
  const invoice = invoiceOf(scope, intent);
  if (invoice?.status !== "open") return;
  scope.emit("invoice.payment_action_required", invoice);
  noteFailure(scope, invoice);
}

function noteFailure(scope: Scope, invoice: Stripe.Invoice): void {
  const automatic = invoice.billing_reason === "subscription_cycle" || invoice.billing_reason === "subscription_update";
  // A try by hand leaves the one that is planned where it is.
  const planned = invoice.next_payment_attempt ?? undefined;
  const next =
    planned ??
    (automatic && invoice.auto_advance
      ? nextAttempt(scope.settings.retryDays, invoice.attempt_count, scope.now)
      : undefined);
  const failed = change(
    scope,
    "invoice",
    invoice,
    { attempted: true, next_payment_attempt: next ?? null },
    "invoice.updated",
  );
  if (next !== undefined)
    scope.timers.set({ object: invoice.id, task: "invoice.attempt", due: next, testClock: idOf(invoice.test_clock) });
  scope.emit("invoice.payment_failed", failed);
}

/** An invoice that will not be paid any more leaves no intent that could still be. */
export function abandonPayment(scope: Scope, invoice: string): void {
  const payment = paymentOf(scope, invoice);
  const intentId = payment && idOf(payment.payment.payment_intent);
  const intent = intentId ? scope.objects.find("payment_intent", intentId) : undefined;
  if (payment === undefined || intent === undefined || intent.status === "succeeded" || intent.status === "canceled")
    return;
  cancelIntent(scope, intent.id, "void_invoice");
  scope.objects.write("invoice_payment", {
    ...payment,
    status: "canceled",
    status_transitions: { ...payment.status_transitions, canceled_at: scope.now },
  });
}
