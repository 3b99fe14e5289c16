/** From Stripe's dispute to ours, with the money it takes and gives back. */
import { type Clock, createId, type FactEmitter, type Money, money, negateMoney } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import type Stripe from "stripe";
import type { PaymentsFacts } from "../facts.ts";
import { fromUnix, idOf } from "../gateway/objects.ts";
import { readOrNull } from "../gateway/refusal.ts";
import type { BookTransaction } from "../ledger/book.ts";
import type { ReadMirror } from "../mirrors/mirrors.ts";
import { type PaymentStore, toPublic as toPublicPayment } from "../payments/store.ts";
import { isClosed, isInquiry } from "./dispute.ts";
import { type DisputeStore, type StoredDispute, toPublic } from "./store.ts";

export function createReadDispute(options: {
  readonly database: Database;
  readonly stripe: Stripe;
  readonly clock: Clock;
  readonly store: DisputeStore;
  readonly payments: PaymentStore;
  readonly book: BookTransaction;
  readonly facts: FactEmitter<PaymentsFacts, Tx> | undefined;
  /** Brings the disputed payment up to date first: what was never paid cannot be disputed. */
  readonly syncIntent: (id: string) => Promise<void>;
}): ReadMirror {
  const { database, stripe, clock, store, payments, book, facts, syncIntent } = options;

  async function tell(tx: Tx, before: StoredDispute | null, after: StoredDispute): Promise<void> {
    const payment = after.paymentId === null ? null : await payments.find(tx, after.paymentId);
    const fact = { dispute: toPublic(after), payment: payment && toPublicPayment(payment) };
    if (isInquiry(after)) {
      if (!before) await facts?.emit(tx, "dispute.inquiry_opened", fact);
      return;
    }
    if (after.status === "prevented") return;
    // One that we hear of late may be closed already: it was opened all the same.
    if (!before || isInquiry(before)) await facts?.emit(tx, "dispute.opened", fact);
    if (isClosed(after) && !(before && isClosed(before))) await facts?.emit(tx, "dispute.closed", fact);
  }

  return async (id) => {
    const dispute = await readOrNull(stripe.disputes.retrieve(id));
    if (dispute === null) return async () => undefined;
    const intentId = idOf(dispute.payment_intent);
    if (intentId !== null) await syncIntent(intentId);
    const payment = intentId === null ? null : await payments.findByStripeId(database, intentId);
    return async (tx) => {
      const before = await store.findByStripeId(tx, id);
      const after: StoredDispute = {
        id: before?.id ?? createId("dsp", clock.now()),
        stripeDisputeId: id,
        stripePaymentIntentId: intentId,
        paymentId: payment?.id ?? null,
        reference: payment?.reference ?? null,
        amount: money(dispute.amount, dispute.currency),
        // The SDK leaves room for states to come; the column and its readers take any text.
        status: dispute.status as StoredDispute["status"],
        reason: dispute.reason,
        evidenceDueBy: dispute.evidence_details.due_by ? fromUnix(dispute.evidence_details.due_by) : null,
        createdAt: fromUnix(dispute.created),
      };
      await store.put(tx, after);
      for (const transaction of dispute.balance_transactions) {
        const presented = presentedIn(transaction, after.amount);
        await book(tx, transaction, { reference: after.reference ?? intentId ?? id, presented });
      }
      await tell(tx, before, after);
    };
  };
}

/** Taken from us, or given back. */
function presentedIn({ amount }: Stripe.BalanceTransaction, disputed: Money): Money {
  return amount < 0 ? negateMoney(disputed) : disputed;
}
