/** From Stripe's invoice to ours, and the facts that follow from it. */
import { type Clock, createId, type FactEmitter, money } from "@revops/core";
import type { Tx } from "@revops/database";
import type Stripe from "stripe";
import type { CustomerStore } from "../customers/store.ts";
import type { FollowInvoice } from "../dunning/follow.ts";
import type { CollectionFailure } from "../dunning/next-case.ts";
import type { PaymentsFacts } from "../facts.ts";
import { fromUnix, idOf } from "../gateway/objects.ts";
import { ask, readOrNull } from "../gateway/refusal.ts";
import type { ReadMirror } from "../mirrors/mirrors.ts";
import type { InvoiceLine } from "./invoice.ts";
import { linesOf } from "./lines.ts";
import { toInvoice } from "./overdue.ts";
import type { InvoiceStore, StoredInvoice } from "./store.ts";

export function createReadInvoice(options: {
  readonly stripe: Stripe;
  readonly clock: Clock;
  readonly store: InvoiceStore;
  readonly customers: CustomerStore;
  /** Makes a customer of ours known that a webhook told of before our own call was answered. */
  readonly adopt: (stripeCustomerId: string) => Promise<void>;
  readonly follow: FollowInvoice;
  /** Hears of an invoice that will not change any more. */
  readonly onFinal: (tx: Tx, subjectId: string) => Promise<void>;
  readonly facts: FactEmitter<PaymentsFacts, Tx> | undefined;
}): ReadMirror {
  const { stripe, clock, store, customers, adopt, follow, onFinal, facts } = options;

  /** Why the last try failed: what it was tried with knows. */
  async function failureOf({ id, status, attempt_count: attempts }: Stripe.Invoice): Promise<CollectionFailure | null> {
    if (status !== "open" || attempts === 0) return null;
    const list = stripe.invoicePayments.list({ invoice: id, limit: 10, expand: ["data.payment.payment_intent"] });
    for (const { payment } of (await ask(list)).data) {
      const intent = payment.payment_intent;
      if (typeof intent !== "object" || intent === null) continue;
      const { last_payment_error: error } = intent;
      return {
        declineCode: error?.decline_code ?? error?.code ?? null,
        requiresAction: intent.status === "requires_action",
      };
    }
    return null;
  }

  return async (id) => {
    const invoice = await readOrNull(stripe.invoices.retrieve(id));
    // Only a draft can be deleted.
    if (invoice === null || invoice.deleted) return (tx) => store.remove(tx, id);
    const customerId = idOf(invoice.customer);
    if (customerId === null) return async () => undefined;
    await adopt(customerId);
    const lines = (await linesOf(stripe, invoice)).map(toLine);
    const failure = await failureOf(invoice);
    return async (tx) => {
      const owner = await customers.findByStripeId(tx, customerId);
      if (!owner) return;
      const before = await store.findByStripeId(tx, id);
      const stored = toStored(invoice, lines, owner.subjectId);
      const kept = { ...stored, id: before?.id ?? createId("inv", orderTime(stored.createdAt, clock.now())) };
      await store.put(tx, kept, lines);
      const fact = { invoice: toInvoice(kept, clock.now()) };
      if (kept.status === "paid" && before?.status !== "paid") await facts?.emit(tx, "invoice.paid", fact);
      await follow(tx, kept, failure);
      if (kept.status !== "draft" && (before?.status ?? "draft") === "draft") await onFinal(tx, owner.subjectId);
      const failed = kept.status === "open" && kept.automatic && kept.attemptCount > (before?.attemptCount ?? 0);
      if (failed) await facts?.emit(tx, "invoice.payment_failed", fact);
    };
  };
}

/** Stripe's times are whole seconds: those of one second are in the order in which we heard of them. */
function orderTime(created: Date, heard: Date): Date {
  const second = created.getTime();
  return new Date(Math.min(Math.max(heard.getTime(), second), second + 999));
}

function toStored(
  invoice: Stripe.Invoice,
  lines: readonly InvoiceLine[],
  subjectId: string,
): Omit<StoredInvoice, "id"> {
  const { currency, status_transitions: transitions } = invoice;
  // What it pays for is in its lines: the invoice's own period is the one before, when usage was gathered.
  const starts = lines.map(({ periodStart }) => periodStart.getTime());
  const ends = lines.map(({ periodEnd }) => periodEnd.getTime());
  return {
    stripeInvoiceId: invoice.id,
    stripeSubscriptionId: idOf(invoice.parent?.subscription_details?.subscription),
    subjectId,
    number: invoice.number,
    status: statusOf(invoice.status),
    amountDue: money(invoice.amount_due, currency),
    amountPaid: money(invoice.amount_paid, currency),
    amountRemaining: money(invoice.amount_remaining, currency),
    automatic: invoice.collection_method === "charge_automatically",
    attemptCount: invoice.attempt_count,
    periodStart: starts.length > 0 ? new Date(Math.min(...starts)) : fromUnix(invoice.period_start),
    periodEnd: ends.length > 0 ? new Date(Math.max(...ends)) : fromUnix(invoice.period_end),
    dueDate: invoice.due_date === null ? null : fromUnix(invoice.due_date),
    paidAt: transitions.paid_at === null ? null : fromUnix(transitions.paid_at),
    nextAttemptAt: invoice.next_payment_attempt === null ? null : fromUnix(invoice.next_payment_attempt),
    hostedUrl: invoice.hosted_invoice_url ?? null,
    createdAt: fromUnix(invoice.created),
  };
}

const finalized = ["open", "paid", "void", "uncollectible"] as const;

function statusOf(status: string | null): StoredInvoice["status"] {
  return finalized.find((known) => known === status) ?? "draft";
}

function toLine(line: Stripe.InvoiceLineItem): InvoiceLine {
  const { parent } = line;
  return {
    id: line.id,
    description: line.description ?? "",
    amount: money(line.amount, line.currency),
    quantity: line.quantity,
    periodStart: fromUnix(line.period.start),
    periodEnd: fromUnix(line.period.end),
    proration: parent?.subscription_item_details?.proration ?? parent?.invoice_item_details?.proration ?? false,
  };
}
