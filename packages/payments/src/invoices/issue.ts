/** Invoices that we write ourselves, beside those of subscriptions: once for a reference. */
import { isRevopsError, type Money } from "@revops/core";
import type { Database } from "@revops/database";
import type Stripe from "stripe";
import type { OperationName, OperationParams } from "../calls/call.ts";
import type { Calls } from "../calls/calls.ts";
import type { Customers } from "../customers/customers.ts";
import { subjectMark } from "../customers/read-customer.ts";
import { paymentsErrors } from "../errors.ts";
import { ask } from "../gateway/refusal.ts";
import type { Mirrors } from "../mirrors/mirrors.ts";
import type { InvoiceStore, StoredInvoice } from "./store.ts";

export interface IssueInvoice {
  readonly subjectId: string;
  /** The same reference is the same invoice. 1–200 characters. */
  readonly reference: string;
  /** In one currency; negative lines are credits. */
  readonly lines: readonly { readonly description: string; readonly amount: Money }[];
  readonly description?: string | undefined;
}

/** Metadata that says which invoice of ours it is, and which line. */
const referenceMark = "revops_reference";
export const lineMark = "revops_line";

export interface InvoiceWriter {
  /** The draft, with all its lines. */
  create(input: IssueInvoice): Promise<StoredInvoice>;
  change<Name extends OperationName>(
    of: { readonly subjectId: string; readonly invoiceId: string },
    operation: Name,
    params: Omit<OperationParams[Name], "id">,
  ): Promise<StoredInvoice>;
}

export function createInvoiceWriter(options: {
  readonly database: Database;
  readonly stripe: Stripe;
  readonly store: InvoiceStore;
  readonly customers: Customers;
  readonly calls: Calls;
  readonly mirrors: Mirrors;
}): InvoiceWriter {
  const { database, stripe, store, customers, calls, mirrors } = options;

  async function findAtStripe(customer: string, reference: string): Promise<string | null> {
    const invoices = await ask(stripe.invoices.list({ customer, limit: 100 }).autoPagingToArray({ limit: 10_000 }));
    return invoices.find(({ metadata }) => metadata?.[referenceMark] === reference)?.id ?? null;
  }

  async function draftOf({ subjectId, reference, lines, description }: IssueInvoice, customer: string) {
    const purpose = `invoice-of:${reference}`;
    // One that is under way is finished first, so that it is found.
    await calls.finish(purpose);
    const known = await findAtStripe(customer, reference);
    if (known !== null) return known;
    const params = {
      customer,
      currency: currencyOf(lines),
      auto_advance: false,
      pending_invoice_items_behavior: "exclude" as const,
      ...(description === undefined ? {} : { description }),
      metadata: { [subjectMark]: subjectId, [referenceMark]: reference },
    };
    const made = await calls.perform({ operation: "invoice.create", params, subjectId, purpose });
    const id = made.joined ? await findAtStripe(customer, reference) : made.id;
    if (id === null) throw paymentsErrors.stripe_unavailable({ detail: "The invoice could not be made." });
    return id;
  }

  /** Only the lines that are not there: a crash between two of them leaves a draft that is completed by a repeat. */
  async function addLines(invoice: string, customer: string, { subjectId, lines }: IssueInvoice): Promise<void> {
    const items = stripe.invoiceItems.list({ customer, invoice, limit: 100 }).autoPagingToArray({ limit: 10_000 });
    const there = new Set((await ask(items)).map(({ metadata }) => metadata?.[lineMark]));
    for (const [index, { description, amount }] of lines.entries()) {
      if (there.has(String(index))) continue;
      const params = { customer, invoice, description, ...amount, metadata: { [lineMark]: String(index) } };
      const purpose = `invoice-line:${invoice}:${index}`;
      await calls.perform({ operation: "invoice_item.create", params, subjectId, purpose });
    }
  }

  return {
    async create(input) {
      const { subjectId, reference, lines } = input;
      if (reference === "" || reference.length > 200) throw new TypeError("A reference has 1 to 200 characters.");
      currencyOf(lines);
      // Of one who is forgotten, what was used before is billed still.
      const known = await customers.get(subjectId);
      const { stripeCustomerId: customer } = known ?? (await customers.ensure({ subjectId }));
      const id = await draftOf(input, customer);
      await mirrors.sync({ kind: "invoice", id });
      const before = await store.findByStripeId(database, id);
      if (before?.status === "draft") {
        await addLines(id, customer, input);
        await mirrors.sync({ kind: "invoice", id });
      }
      const invoice = await store.findByStripeId(database, id);
      if (!invoice) throw paymentsErrors.invoice_not_found();
      return invoice;
    },

    async change({ subjectId, invoiceId }, operation, params) {
      const known = await store.find(database, { subjectId, id: invoiceId });
      if (!known) throw paymentsErrors.invoice_not_found();
      const id = known.stripeInvoiceId;
      // The operation takes an id and what is given beside it, which the types of a union cannot say.
      const call = {
        operation,
        subjectId,
        purpose: `invoice:${id}`,
        params: { ...params, id } as OperationParams[typeof operation],
      };
      await calls.perform(call).catch((cause: unknown) => {
        if (isRevopsError(cause, "stripe_rejected")) throw paymentsErrors.invoice_not_payable({ cause });
        throw cause;
      });
      return (await store.find(database, { subjectId, id: invoiceId })) ?? known;
    },
  };
}

function currencyOf(lines: IssueInvoice["lines"]): string {
  const currencies = new Set(lines.map(({ amount }) => amount.currency));
  const [currency] = currencies;
  if (
    currencies.size !== 1 ||
    currency === undefined ||
    lines.some(({ amount }) => !Number.isSafeInteger(amount.amount))
  ) {
    throw paymentsErrors.invalid_amount({ detail: "An invoice has lines, all in one currency." });
  }
  return currency;
}
