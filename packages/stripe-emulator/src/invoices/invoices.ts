import type Stripe from "stripe";
import { minimumCharge } from "../balance-transactions/fees.ts";
import { activeDiscounts, reductionOf } from "../coupons/discounts.ts";
import { reduce } from "../coupons/reduction.ts";
import { settleCurrency } from "../customers/customers.ts";
import { invalidRequest } from "../errors.ts";
import { createIdentifier, randomText } from "../identifiers.ts";
import { change, need, type Scope } from "../scope.ts";
import { type MetadataChange, mergeMetadata } from "../server/parameters.ts";
import { idOf } from "../store/kinds.ts";
import { invoiceItemLine, type Period } from "./lines.ts";

export interface InvoiceInput {
  customer: string;
  subscription?: Stripe.Subscription | undefined;
  prorationDate?: number | undefined;
  reason: Stripe.Invoice.BillingReason;
  currency: string;
  lines: readonly Stripe.InvoiceLineItem[];
  /** What the invoice looks back on; for the first one of a subscription both ends are its start. */
  period: Period;
  autoAdvance: boolean;
  metadata?: MetadataChange | undefined;
  description?: string | undefined;
  defaultPaymentMethod?: string | undefined;
  /** What is taken off; those of its subscription unless told. */
  discounts?: readonly Stripe.Discount[] | undefined;
  /** Whether the customer's pending items are taken in. They are, unless told. */
  takesPending?: boolean | undefined;
}

const lineList = (invoice: string, data: Stripe.InvoiceLineItem[]): Stripe.ApiList<Stripe.InvoiceLineItem> => ({
  object: "list",
  data: data.map((line) => ({ ...line, invoice })),
  has_more: false,
  url: `/v1/invoices/${invoice}/lines`,
});

function totalsOf(lines: readonly Stripe.InvoiceLineItem[]) {
  const subtotal = lines.reduce((sum, line) => sum + line.amount, 0);
  const off = new Map<string, number>();
  for (const { discount_amounts } of lines) {
    for (const { amount, discount } of discount_amounts ?? []) {
      const id = idOf(discount) ?? "";
      off.set(id, (off.get(id) ?? 0) + amount);
    }
  }
  const total = subtotal - [...off.values()].reduce((sum, amount) => sum + amount, 0);
  // Less than nothing becomes the customer's balance when the invoice is finalized; nobody is asked for it.
  const due = Math.max(0, total);
  return {
    subtotal,
    subtotal_excluding_tax: subtotal,
    total_discount_amounts: [...off].map(([discount, amount]) => ({ amount, discount })),
    total,
    total_excluding_tax: total,
    amount_due: due,
    amount_remaining: due,
  };
}

/** The lines with what each discount takes off them. */
function discounted(
  scope: Scope,
  lines: readonly Stripe.InvoiceLineItem[],
  discounts: readonly Stripe.Discount[],
): Stripe.InvoiceLineItem[] {
  const off = reduce(
    lines.map((line) => ({
      amount: line.amount,
      discountable: line.discountable,
      product: line.pricing?.price_details?.product ?? null,
    })),
    discounts.map((discount) => reductionOf(scope, discount)),
  );
  return lines.map((line, at) => ({
    ...line,
    discount_amounts: discounts
      .map((discount, index) => ({ amount: off[index]?.[at] ?? 0, discount: discount.id }))
      .filter(({ amount }) => amount > 0),
  }));
}

/** A draft with other lines: its discounts and totals follow. */
export function withLines(
  scope: Scope,
  invoice: Stripe.Invoice,
  lines: readonly Stripe.InvoiceLineItem[],
): Stripe.Invoice {
  const discounts = invoice.discounts
    .map((one) => scope.objects.find("discount", idOf(one) ?? ""))
    .filter((one) => one !== undefined);
  const data = discounted(scope, lines, discounts);
  return change(scope, "invoice", invoice, { ...totalsOf(data), lines: lineList(invoice.id, data) }, "invoice.updated");
}

/** Items that wait for the customer's next invoice: those of the subscription, or those of none. */
export function pendingItems(scope: Scope, customer: string, subscription: string | null): Stripe.InvoiceItem[] {
  return scope.objects
    .all("invoiceitem", { customer, invoice: null })
    .filter((item) => (item.parent?.subscription_details?.subscription ?? null) === subscription);
}

/** A draft with the given lines and the pending items, which it takes in. */
export function createInvoice(scope: Scope, input: InvoiceInput): Stripe.Invoice {
  const customer = need(scope, "customer", input.customer, "customer");
  const subscription = input.subscription ?? null;
  const id = createIdentifier("in");
  const waiting = input.takesPending === false ? [] : pendingItems(scope, customer.id, subscription?.id ?? null);
  for (const item of waiting) scope.objects.write("invoiceitem", { ...item, invoice: id });
  const discounts = input.discounts ?? activeDiscounts(scope, subscription?.discounts ?? []);
  const lines = discounted(scope, [...input.lines, ...waiting.map(invoiceItemLine)], discounts);
  const invoice = scope.objects.insert("invoice", {
    id,
    object: "invoice",
    account_country: "US",
    account_name: "Stripe emulator",
    account_tax_ids: null,
    ...totalsOf(lines),
    amount_overpaid: 0,
    amount_paid: 0,
    amount_shipping: 0,
    application: null,
    attempt_count: 0,
    attempted: false,
    auto_advance: input.autoAdvance,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null },
    automatically_finalizes_at: input.autoAdvance ? scope.now + 3_600 : null,
    billing_reason: input.reason,
    collection_method: "charge_automatically",
    created: scope.now,
    currency: input.currency,
    custom_fields: null,
    customer: customer.id,
    customer_account: null,
    customer_address: customer.address ?? null,
    customer_email: customer.email,
    customer_name: customer.name ?? null,
    customer_phone: customer.phone ?? null,
    customer_shipping: null,
    customer_tax_exempt: customer.tax_exempt ?? "none",
    customer_tax_ids: [],
    default_payment_method: input.defaultPaymentMethod ?? null,
    default_source: null,
    default_tax_rates: [],
    description: input.description ?? null,
    discounts: discounts.map(({ id: one }) => one),
    due_date: null,
    effective_at: null,
    ending_balance: null,
    footer: customer.invoice_settings.footer,
    from_invoice: null,
    hosted_invoice_url: null,
    invoice_pdf: null,
    issuer: { type: "self" },
    last_finalization_error: null,
    latest_revision: null,
    lines: lineList(id, lines),
    livemode: false,
    metadata: mergeMetadata(null, input.metadata),
    next_payment_attempt: input.autoAdvance ? scope.now + 3_600 : null,
    number: null,
    on_behalf_of: null,
    parent:
      subscription === null
        ? null
        : {
            type: "subscription_details",
            quote_details: null,
            subscription_details: {
              metadata: subscription.metadata,
              subscription: subscription.id,
              ...(input.prorationDate === undefined ? {} : { subscription_proration_date: input.prorationDate }),
            },
          },
    payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
    period_start: input.period.start,
    period_end: input.period.end,
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    receipt_number: null,
    rendering: null,
    shipping_cost: null,
    shipping_details: null,
    starting_balance: customer.balance,
    statement_descriptor: null,
    status: "draft",
    status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
    test_clock: idOf(customer.test_clock),
    total_pretax_credit_amounts: [],
    total_taxes: [],
    webhooks_delivered_at: scope.now,
  });
  settleCurrency(scope, customer, input.currency);
  scope.emit("invoice.created", invoice);
  if (input.autoAdvance) {
    scope.timers.set({
      object: id,
      task: "invoice.finalize",
      due: scope.now + 3_600,
      testClock: idOf(customer.test_clock),
    });
  }
  return invoice;
}

/** The subscription that an invoice bills, null for a one-off one. */
export function subscriptionOf(invoice: Stripe.Invoice): string | null {
  return idOf(invoice.parent?.subscription_details?.subscription);
}

export function customerOf(scope: Scope, invoice: Stripe.Invoice): Stripe.Customer {
  return need(scope, "customer", idOf(invoice.customer) ?? "");
}

/**
 * What is asked for of a total with the customer's balance: nothing when it is below what can be charged, which then stays
 * on the balance until the next invoice. Source: https://docs.stripe.com/api/invoices/object (`amount_due`)
 */
export function amountDue(balance: number, currency: string): number {
  return balance < minimumCharge(currency) ? 0 : balance;
}

/** Opens a draft: it gets its number and its page and cannot change any more. A negative total goes to the customer's balance. */
export function finalizeInvoice(scope: Scope, invoice: Stripe.Invoice): Stripe.Invoice {
  if (invoice.status !== "draft") {
    throw invalidRequest("This invoice is already finalized, you can't re-finalize a non-draft invoice.", {
      code: "invoice_not_editable",
    });
  }
  scope.timers.clear(invoice.id, "invoice.finalize");
  const customer = customerOf(scope, invoice);
  const sequence = customer.next_invoice_sequence ?? 1;
  // A credit (negative balance) pays first; a negative invoice adds to it. Source: https://docs.stripe.com/billing/customer/balance
  const balance = invoice.total + customer.balance;
  const due = amountDue(balance, invoice.currency);
  const ending = balance - due;
  change(
    scope,
    "customer",
    customer,
    { next_invoice_sequence: sequence + 1, balance: ending },
    ending === customer.balance ? null : "customer.updated",
  );
  const open = change(
    scope,
    "invoice",
    invoice,
    {
      status: "open",
      number: `${customer.invoice_prefix}-${String(sequence).padStart(4, "0")}`,
      amount_due: due,
      amount_remaining: due,
      starting_balance: customer.balance,
      ending_balance: ending,
      automatically_finalizes_at: null,
      effective_at: scope.now,
      hosted_invoice_url: `${scope.baseUrl}/_emulator/invoices/${invoice.id}?secret=${randomText(24)}`,
      status_transitions: { ...invoice.status_transitions, finalized_at: scope.now },
    },
    "invoice.finalized",
  );
  return due === 0 ? markPaid(scope, open) : open;
}

/** Paid in full, by a payment intent or since nothing was due. */
export function markPaid(scope: Scope, invoice: Stripe.Invoice): Stripe.Invoice {
  scope.timers.clear(invoice.id);
  const paid = change(
    scope,
    "invoice",
    invoice,
    {
      status: "paid",
      attempted: true,
      amount_paid: invoice.amount_due,
      amount_remaining: 0,
      auto_advance: false,
      next_payment_attempt: null,
      status_transitions: { ...invoice.status_transitions, paid_at: scope.now },
    },
    "invoice.paid",
  );
  scope.emit("invoice.payment_succeeded", paid);
  return paid;
}

export function voidInvoice(scope: Scope, invoice: Stripe.Invoice): Stripe.Invoice {
  return closeUnpaid(scope, invoice, "void", "voided_at", "invoice.voided");
}

export function markUncollectible(scope: Scope, invoice: Stripe.Invoice): Stripe.Invoice {
  return closeUnpaid(scope, invoice, "uncollectible", "marked_uncollectible_at", "invoice.marked_uncollectible");
}

function closeUnpaid(
  scope: Scope,
  invoice: Stripe.Invoice,
  status: "void" | "uncollectible",
  transition: "voided_at" | "marked_uncollectible_at",
  event: "invoice.voided" | "invoice.marked_uncollectible",
): Stripe.Invoice {
  if (invoice.status !== "open" && invoice.status !== "uncollectible")
    throw invalidRequest(`You can only pass in open invoices. This invoice isn't open: it is ${invoice.status}.`);
  scope.timers.clear(invoice.id);
  return change(
    scope,
    "invoice",
    invoice,
    {
      status,
      auto_advance: false,
      next_payment_attempt: null,
      status_transitions: { ...invoice.status_transitions, [transition]: scope.now },
    },
    event,
  );
}

export function deleteDraft(scope: Scope, invoice: Stripe.Invoice): object {
  if (invoice.status !== "draft")
    throw invalidRequest("You can only delete draft invoices.", { code: "invoice_not_editable" });
  for (const item of scope.objects.all("invoiceitem", { invoice: invoice.id }))
    scope.objects.write("invoiceitem", { ...item, invoice: null });
  scope.timers.clear(invoice.id);
  scope.objects.remove(invoice.id);
  scope.emit("invoice.deleted", invoice);
  return { id: invoice.id, object: "invoice", deleted: true };
}
