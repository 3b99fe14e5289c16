import type Stripe from "stripe";
import { parameterMissing } from "../errors.ts";
import { createIdentifier } from "../identifiers.ts";
import { need, type Scope } from "../scope.ts";
import { idOf } from "../store/kinds.ts";
import { periodEnd } from "../subscriptions/billing-period.ts";
import { type ItemInput, intervalOf } from "../subscriptions/items.ts";
import { createSubscription, onCustomersClock, periodOf } from "../subscriptions/subscriptions.ts";
import { applyChange } from "../subscriptions/update.ts";
import type { UpdateInput } from "../subscriptions/update-input.ts";
import { amountDue, createInvoice } from "./invoices.ts";
import { recurringLine } from "./lines.ts";

export interface PreviewInput {
  customer?: string | undefined;
  subscription?: string | undefined;
  subscription_details?: (UpdateInput & { items?: readonly ItemInput[] | undefined }) | undefined;
}

/**
 * The invoice that a new subscription, a change or the next renewal would make: done for real in a transaction that is taken
 * back, so that a preview and the real thing cannot differ. Source: https://docs.stripe.com/api/invoices/create_preview
 */
export function previewInvoice(scope: Scope, input: PreviewInput): Stripe.Invoice {
  const invoice = scope.attempt((inside) =>
    input.subscription === undefined ? firstInvoice(inside, input) : nextInvoice(inside, input.subscription, input),
  );
  const customer = need(scope, "customer", idOf(invoice.customer) ?? "");
  const due = amountDue(invoice.total + customer.balance, invoice.currency);
  const id = createIdentifier("upcoming_in");
  return {
    ...invoice,
    id,
    status: "draft",
    number: null,
    hosted_invoice_url: null,
    amount_due: due,
    amount_paid: 0,
    amount_remaining: due,
    lines: { ...invoice.lines, data: invoice.lines.data.map((line) => ({ ...line, invoice: id })) },
  };
}

function firstInvoice(scope: Scope, { customer, subscription_details }: PreviewInput): Stripe.Invoice {
  if (customer === undefined) throw parameterMissing("customer");
  if (subscription_details?.items === undefined) throw parameterMissing("subscription_details[items]");
  const started = createSubscription(scope, {
    customer,
    items: subscription_details.items,
    payment_behavior: "default_incomplete",
  });
  return need(scope, "invoice", idOf(started.latest_invoice) ?? "");
}

function nextInvoice(requestScope: Scope, id: string, { subscription_details: details }: PreviewInput): Stripe.Invoice {
  const before = need(requestScope, "subscription", id, "subscription");
  const scope = onCustomersClock(requestScope, idOf(before.customer) ?? "");
  const { subscription, draft } =
    details === undefined ? { subscription: before, draft: null } : applyChange(scope, before, details);
  if (draft !== null) return draft;
  const past = periodOf(subscription);
  const [first] = subscription.items.data;
  const end =
    first === undefined ? past.end : periodEnd(subscription.billing_cycle_anchor, intervalOf(first), past.end);
  return createInvoice(scope, {
    customer: idOf(subscription.customer) ?? "",
    subscription,
    reason: "upcoming",
    currency: subscription.currency,
    lines: subscription.cancel_at_period_end
      ? []
      : subscription.items.data.map((item) => recurringLine(scope, item, { start: past.end, end })),
    period: past,
    autoAdvance: false,
  });
}
