import type Stripe from "stripe";
import { activeDiscounts, couponOf, createDiscounts, type DiscountInput, endDiscount } from "../coupons/discounts.ts";
import { invalidRequest, StripeFailure } from "../errors.ts";
import { createIdentifier } from "../identifiers.ts";
import { attemptPayment, intentOf, paymentOf } from "../invoices/collect.ts";
import { createInvoice, finalizeInvoice } from "../invoices/invoices.ts";
import { itemAmount, partialLine, recurringLine, trialLine } from "../invoices/lines.ts";
import { declineFailure, resolvePaymentMethod } from "../payment-methods/payment-methods.ts";
import { change, need, onClock, type Scope } from "../scope.ts";
import { type MetadataChange, mergeMetadata } from "../server/parameters.ts";
import { createSetupIntent } from "../setup-intents/setup-intents.ts";
import { idOf } from "../store/kinds.ts";
import { afterIntervals, periodEnd } from "./billing-period.ts";
import { addInvoiceItems, type ExtraInput } from "./extras.ts";
import { changedItems, type ItemInput, intervalOf, itemList } from "./items.ts";
import { restOf } from "./proration.ts";
import { planTrialEnd, type TrialInput, trialEndOf } from "./trial.ts";

export type PaymentBehavior = "allow_incomplete" | "default_incomplete" | "error_if_incomplete";

export interface SubscriptionInput extends TrialInput {
  customer: string;
  items: readonly ItemInput[];
  add_invoice_items?: readonly ExtraInput[] | undefined;
  /** Unix seconds: when the first whole period begins. */
  billing_cycle_anchor?: number | undefined;
  cancel_at?: number | undefined;
  cancel_at_period_end?: boolean | undefined;
  default_payment_method?: string | undefined;
  description?: string | undefined;
  discounts?: readonly DiscountInput[] | null | undefined;
  metadata?: MetadataChange | undefined;
  payment_behavior?: PaymentBehavior | undefined;
  payment_settings?: { save_default_payment_method?: "off" | "on_subscription" | undefined } | undefined;
  proration_behavior?: "always_invoice" | "create_prorations" | "none" | undefined;
  trial_settings?: { end_behavior: { missing_payment_method: MissingMethod } } | undefined;
}
export type MissingMethod = "cancel" | "create_invoice" | "pause";

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
  const trialEnd = trialEndOf(scope, input);
  const { anchor, end } = firstPeriod(scope, placed[0] as Stripe.SubscriptionItem, input, trialEnd);
  const items = placed.map((item) => ({ ...item, current_period_end: end }));
  const lines = firstLines(scope, items, input, { trialEnd, anchor, end });
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
  if (input.cancel_at !== undefined && input.cancel_at <= scope.now)
    throw invalidRequest("The cancel_at must be in the future.", { param: "cancel_at" });
  const discounts = createDiscounts(scope, input.discounts ?? [], {
    customer: customer.id,
    subscription: id,
    currency,
    amount: lines.reduce((sum, line) => sum + line.amount, 0),
  });
  const subscription = scope.objects.insert("subscription", {
    id,
    object: "subscription",
    application: null,
    application_fee_percent: null,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null },
    billing_cycle_anchor: anchor,
    billing_cycle_anchor_config: null,
    billing_mode: { type: "flexible", flexible: { proration_discounts: "included" } },
    billing_schedules: [],
    billing_thresholds: null,
    cancel_at: input.cancel_at ?? (input.cancel_at_period_end === true ? end : null),
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
    discounts: discounts.map((discount) => discount.id),
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
    payment_settings: {
      payment_method_options: null,
      payment_method_types: null,
      save_default_payment_method: input.payment_settings?.save_default_payment_method ?? "off",
    },
    pending_invoice_item_interval: null,
    pending_setup_intent: null,
    pending_update: null,
    schedule: null,
    start_date: scope.now,
    status: trialEnd === null ? "incomplete" : "trialing",
    test_clock: idOf(customer.test_clock),
    transfer_data: null,
    trial_end: trialEnd,
    trial_settings: {
      end_behavior: {
        billing_cycle_anchor: "trial_end",
        missing_payment_method: input.trial_settings?.end_behavior.missing_payment_method ?? "create_invoice",
      },
    },
    trial_start: trialEnd === null ? null : scope.now,
  });
  scope.emit("customer.subscription.created", subscription);
  const testClock = idOf(customer.test_clock);
  planCancellation(scope, subscription);
  scope.timers.set({ object: id, task: "subscription.cycle", due: end, testClock });
  if (trialEnd === null) {
    const due = scope.now + incompleteSeconds;
    scope.timers.set({ object: id, task: "subscription.expire-incomplete", due, testClock });
  } else planTrialEnd(scope, subscription);
  addInvoiceItems(scope, subscription, input.add_invoice_items ?? []);
  const draft = createInvoice(scope, {
    customer: customer.id,
    subscription,
    reason: "subscription_create",
    currency,
    lines,
    period: { start: scope.now, end: scope.now },
    autoAdvance: false,
  });
  linkInvoice(scope, id, draft);
  if (behavior === "default_incomplete" && trialEnd !== null && method === null) askForMethod(scope, id, customer.id);
  collectNow(scope, draft, behavior);
  return need(scope, "subscription", id);
}

/** Where billing is anchored, and where the first period ends: a trial's end, a chosen anchor, or a whole interval from now. */
function firstPeriod(
  scope: Scope,
  first: Stripe.SubscriptionItem,
  input: SubscriptionInput,
  trialEnd: number | null,
): { anchor: number; end: number } {
  const whole = periodEnd(scope.now, intervalOf(first), scope.now);
  if (trialEnd !== null) return { anchor: trialEnd, end: trialEnd };
  const anchor = input.billing_cycle_anchor;
  if (anchor === undefined) return { anchor: scope.now, end: whole };
  if (anchor <= scope.now)
    throw invalidRequest("The billing_cycle_anchor must be in the future.", { param: "billing_cycle_anchor" });
  if (anchor > whole)
    throw invalidRequest("The billing_cycle_anchor must not be later than the next natural billing date.", {
      param: "billing_cycle_anchor",
    });
  return { anchor, end: anchor };
}

/** What the first invoice asks for: nothing in a trial, a part of a period before a chosen anchor, otherwise a whole one. */
function firstLines(
  scope: Scope,
  items: readonly Stripe.SubscriptionItem[],
  input: SubscriptionInput,
  { trialEnd, anchor, end }: { trialEnd: number | null; anchor: number; end: number },
): Stripe.InvoiceLineItem[] {
  const period = { start: scope.now, end };
  if (trialEnd !== null) return items.map((item) => trialLine(scope, item, period));
  if (anchor === scope.now) return items.map((item) => recurringLine(scope, item, period));
  if (input.proration_behavior === "none") return [];
  return items.map((item) => {
    const whole = { start: afterIntervals(anchor, intervalOf(item), -1), end: anchor };
    return partialLine(scope, item, period, restOf(itemAmount(scope, item), scope.now, whole));
  });
}

/** Notes an invoice as the subscription's latest. A discount that was to be taken off once, and was, is used up. */
export function linkInvoice(scope: Scope, id: string, invoice: Stripe.Invoice): Stripe.Subscription {
  const subscription = need(scope, "subscription", id);
  const taken = new Set((invoice.total_discount_amounts ?? []).map(({ discount }) => idOf(discount)));
  const used = activeDiscounts(scope, subscription.discounts).filter(
    (discount) => taken.has(discount.id) && couponOf(scope, discount).duration === "once",
  );
  for (const discount of used) endDiscount(scope, discount);
  const discounts = subscription.discounts.filter((one) => !used.some((discount) => discount.id === idOf(one)));
  return change(scope, "subscription", subscription, { latest_invoice: invoice.id, discounts }, null);
}

/** A trial takes no money, but a way to take it later: Stripe makes a setup intent for the browser to finish. */
function askForMethod(scope: Scope, id: string, customer: string): void {
  const intent = createSetupIntent(scope, { customer, usage: "off_session", allowed_payment_method_types: ["card"] });
  change(scope, "subscription", need(scope, "subscription", id), { pending_setup_intent: intent.id }, null);
}

/** Reaction: the way to pay that a trial's subscription asked for is there. */
export function subscriptionSetUp(scope: Scope, intent: Stripe.SetupIntent): void {
  for (const subscription of scope.objects.all("subscription", { pending_setup_intent: intent.id })) {
    const kept = subscription.payment_settings?.save_default_payment_method === "on_subscription";
    const default_payment_method = kept ? idOf(intent.payment_method) : subscription.default_payment_method;
    change(
      scope,
      "subscription",
      subscription,
      { pending_setup_intent: null, default_payment_method },
      "customer.subscription.updated",
    );
  }
}

/** Sets or clears the timer that ends a subscription at a chosen time. */
export function planCancellation(scope: Scope, { id, cancel_at, test_clock }: Stripe.Subscription): void {
  if (cancel_at === null) scope.timers.clear(id, "subscription.cancel");
  else scope.timers.set({ object: id, task: "subscription.cancel", due: cancel_at, testClock: idOf(test_clock) });
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
