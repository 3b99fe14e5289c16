import type Stripe from "stripe";
import { portalSetUp } from "../billing-portal/sessions.ts";
import { checkoutIntentPaid, checkoutInvoicePaid, checkoutSetUp } from "../checkout/pay.ts";
import { intentDisputed } from "../disputes/disputes.ts";
import { invoiceIntentFailed, invoiceIntentNeedsAction, invoiceIntentSucceeded } from "../invoices/collect.ts";
import type { Scope } from "../scope.ts";
import { subscriptionInvoiceFailed, subscriptionInvoicePaid } from "../subscriptions/cycle.ts";
import { subscriptionSetUp } from "../subscriptions/subscriptions.ts";

type Reaction = (scope: Scope, object: never) => void;

/**
 * What one resource does when another changed, in the same transaction and right after the event: a paid intent pays its
 * invoice, a paid invoice activates its subscription. Resources meet only here and so need not import one another.
 */
const reactions: Partial<Record<Stripe.Event.Type, readonly Reaction[]>> = {
  "payment_intent.succeeded": [invoiceIntentSucceeded, checkoutIntentPaid, intentDisputed],
  "payment_intent.amount_capturable_updated": [checkoutIntentPaid],
  "payment_intent.payment_failed": [invoiceIntentFailed],
  "payment_intent.requires_action": [invoiceIntentNeedsAction],
  "setup_intent.succeeded": [subscriptionSetUp, checkoutSetUp, portalSetUp],
  "invoice.paid": [subscriptionInvoicePaid, checkoutInvoicePaid],
  "invoice.payment_failed": [subscriptionInvoiceFailed],
};

export function react(scope: Scope, type: Stripe.Event.Type, object: object): void {
  // The table pairs each type with a reaction to the object that Stripe documents for it.
  for (const reaction of (reactions[type] ?? []) as readonly ((scope: Scope, object: object) => void)[])
    reaction(scope, object);
}
