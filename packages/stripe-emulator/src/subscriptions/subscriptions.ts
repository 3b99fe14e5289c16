import type Stripe from "stripe";
import { invalidRequest, StripeFailure } from "../errors.ts";
import { createIdentifier } from "../identifiers.ts";
import { attemptPayment, intentOf, paymentOf } from "../invoices/collect.ts";
import { createInvoice, finalizeInvoice } from "../invoices/invoices.ts";
import { recurringLine } from "../invoices/lines.ts";
import { declineFailure, resolvePaymentMethod } from "../payment-methods/payment-methods.ts";
import { change, need, onClock, type Scope } from "../scope.ts";
import { type MetadataChange, mergeMetadata } from "../server/parameters.ts";
import { idOf } from "../store/kinds.ts";
import { periodEnd } from "./billing-period.ts";
import { changedItems, type ItemInput, intervalOf, itemList } from "./items.ts";

export type PaymentBehavior = "allow_incomplete" | "default_incomplete" | "error_if_incomplete";

export interface SubscriptionInput {
  customer: string;
  items: readonly ItemInput[];
  cancel_at_period_end?: boolean | undefined;
  default_payment_method?: string | undefined;
  description?: string | undefined;
  metadata?: MetadataChange | undefined;
  payment_behavior?: PaymentBehavior | undefined;
}

const incompleteSeconds = 23 * 3_600;

/** Where a subscription stands in its billing: all items share one period. */
export function periodOf(subscription: Stripe.Subscription): { start: number; end: number } {
  const [item] = subscription.items.data;
  if (item === undefined) throw invalidRequest(`The subscription ${subscription.id} has no items.`);
  return { start: item.current_period_start, end: item.current_period_end };
}

/** The scope on the clock of the subscription's customer. */
export function onCustomersClock(scope: Scope, customer: string): Scope {
  return onClock(scope, idOf(need(scope, "customer", customer, "customer").test_clock));
}

/** A method that pays for a subscription or an invoice must be attached to its customer. */
export function checkMethod(scope: Scope, customer: string, method: string | undefined): string | null {
  if (method === undefined) return null;
  const found = resolvePaymentMethod(scope, method, "default_payment_method");
  if (idOf(found.customer) !== customer) {
    throw invalidRequest(
      `The customer does not have a payment method with the ID ${method}. The payment method must be attached to the customer.`,
      { code: "resource_missing", param: "default_payment_method" },
    );
  }
  return found.id;
}

/**
 * Starts a subscription: its first invoice is opened and collected at once. Until it is paid the subscription is
 * `incomplete`, and expires after 23 hours. With `error_if_incomplete` there is either a paid subscription or none.
 * Source: https://docs.stripe.com/billing/subscriptions/overview#subscription-statuses
 */
export function createSubscription(requestScope: Scope, input: SubscriptionInput): Stripe.Subscription {
  const scope = onCustomersClock(requestScope, input.customer);
  const customer = need(scope, "customer", input.customer, "customer");
  const id = createIdentifier("sub");
  const method = checkMethod(scope, customer.id, input.default_payment_method);
  const placed = changedItems(scope, id, [], input.items, { start: scope.now, end: scope.now });
  const end = periodEnd(scope.now, intervalOf(placed[0] as Stripe.SubscriptionItem), scope.now);
  const items = placed.map((item) => ({ ...item, current_period_end: end }));
  const lines = items.map((item) => recurringLine(scope, item, { start: scope.now, end }));
  const behavior = input.payment_behavior ?? "allow_incomplete";
  const costs = lines.some((line) => line.amount > 0);
  if (
    costs &&
    behavior !== "default_incomplete" &&
    method === null &&
    customer.invoice_settings.default_payment_method === null
  ) {
    throw invalidRequest(
      "This customer has no attached payment source or default payment method. Please consider adding a default payment method.",
      { code: "resource_missing" },
    );
  }
  const currency = items[0]?.price.currency ?? "usd";
  const subscription = scope.objects.insert("subscription", {
    id,
    object: "subscription",
    application: null,
    application_fee_percent: null,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null },
    billing_cycle_anchor: scope.now,
    billing_cycle_anchor_config: null,
    billing_mode: { type: "flexible", flexible: { proration_discounts: "included" } },
    billing_schedules: [],
    billing_thresholds: null,
    cancel_at: input.cancel_at_period_end === true ? end : null,
    cancel_at_period_end: input.cancel_at_period_end ?? false,
    canceled_at: null,
    cancellation_details: { comment: null, feedback: null, feedback_option: null, reason: null },
    collection_method: "charge_automatically",
    created: scope.now,
    currency,
    customer: customer.id,
    customer_account: null,
    days_until_due: null,
    default_payment_method: method,
    default_source: null,
    default_tax_rates: [],
    description: input.description ?? null,
    discounts: [],
    ended_at: null,
    invoice_settings: {
      account_tax_ids: null,
      custom_fields: null,
      description: null,
      footer: null,
      issuer: { type: "self" },
    },
    items: itemList(id, items),
    latest_invoice: null,
    livemode: false,
    managed_payments: null,
    metadata: mergeMetadata(null, input.metadata),
    next_pending_invoice_item_invoice: null,
    on_behalf_of: null,
    pause_collection: null,
    payment_settings: { payment_method_options: null, payment_method_types: null, save_default_payment_method: "off" },
    pending_invoice_item_interval: null,
    pending_setup_intent: null,
    pending_update: null,
    schedule: null,
    start_date: scope.now,
    status: "incomplete",
    test_clock: idOf(customer.test_clock),
    transfer_data: null,
    trial_end: null,
    trial_settings: { end_behavior: { billing_cycle_anchor: "trial_end", missing_payment_method: "create_invoice" } },
    trial_start: null,
  });
  scope.emit("customer.subscription.created", subscription);
  scope.timers.set({ object: id, task: "subscription.cycle", due: end, testClock: idOf(customer.test_clock) });
  scope.timers.set({
    object: id,
    task: "subscription.expire-incomplete",
    due: scope.now + incompleteSeconds,
    testClock: idOf(customer.test_clock),
  });
  const draft = createInvoice(scope, {
    customer: customer.id,
    subscription,
    reason: "subscription_create",
    currency,
    lines,
    period: { start: scope.now, end: scope.now },
    autoAdvance: false,
  });
  change(scope, "subscription", need(scope, "subscription", id), { latest_invoice: draft.id }, null);
  collectNow(scope, draft, behavior);
  return need(scope, "subscription", id);
}

/** Opens an invoice and collects it in the same request, as far as the behavior asked for allows. */
export function collectNow(scope: Scope, draft: Stripe.Invoice, behavior: PaymentBehavior): void {
  const opened = finalizeInvoice(scope, draft);
  if (opened.status !== "open") return;
  if (behavior === "default_incomplete") {
    intentOf(scope, opened);
    return;
  }
  const intent = attemptPayment(scope, opened);
  if (behavior === "error_if_incomplete" && intent.status !== "succeeded") throw incomplete(intent);
}

/** The 402 that takes everything back: the transaction is rolled back with it. */
function incomplete(intent: Stripe.PaymentIntent): StripeFailure {
  if (intent.status === "requires_action") {
    return new StripeFailure(402, {
      type: "card_error",
      code: "subscription_payment_intent_requires_action",
      message: "Payment for this subscription requires additional user action before it can be completed successfully.",
    });
  }
  const error = intent.last_payment_error;
  return declineFailure(
    {
      code: error?.code ?? "card_declined",
      declineCode: error?.decline_code ?? null,
      message: error?.message ?? "Your card was declined.",
    },
    {},
    false,
  );
}

/** The client secret with which a browser finishes paying an invoice; shown only when it is asked for. */
export function confirmationSecret(scope: Scope, invoice: string): Stripe.Invoice.ConfirmationSecret | null {
  const payment = paymentOf(scope, invoice);
  const intentId = payment && idOf(payment.payment.payment_intent);
  const intent = intentId ? scope.objects.find("payment_intent", intentId) : undefined;
  return intent?.client_secret ? { client_secret: intent.client_secret, type: "payment_intent" } : null;
}
