/** From Stripe's payment intent to our payment, its refunds and the books, and the facts that follow. */
import type { Clock, FactEmitter } from "@revops/core";
import type { Tx } from "@revops/database";
import type Stripe from "stripe";
import type { PaymentsFacts } from "../facts.ts";
import { readOrNull } from "../gateway/refusal.ts";
import type { BookTransaction } from "../ledger/book.ts";
import type { ReadMirror } from "../mirrors/mirrors.ts";
import type { createApplyRefund } from "../refunds/apply-refund.ts";
import { paymentMark, stateOf } from "./intent-state.ts";
import { type IntentMoney, presentedCharge, readMoney } from "./read-money.ts";
import { type PaymentStore, type StoredPayment, toPublic } from "./store.ts";

export function createReadIntent(options: {
  readonly stripe: Stripe;
  readonly clock: Clock;
  readonly store: PaymentStore;
  readonly book: BookTransaction;
  readonly applyRefund: ReturnType<typeof createApplyRefund>;
  readonly facts: FactEmitter<PaymentsFacts, Tx> | undefined;
  /** Whether a call for this payment is open: its answer, not ours, tells whether this try failed. */
  readonly isTrying: (tx: Tx, paymentId: string) => Promise<boolean>;
  readonly hasRefunds: (stripePaymentIntentId: string) => Promise<boolean>;
}): ReadMirror {
  const { stripe, clock, store, book, applyRefund, facts, isTrying, hasRefunds } = options;

  /** Intents that we did not make, such as those of invoices, are not payments of ours. */
  async function ourPayment(tx: Tx, { id, metadata }: Stripe.PaymentIntent): Promise<StoredPayment | null> {
    const paymentId = metadata[paymentMark];
    const payment = paymentId === undefined ? null : await store.find(tx, paymentId);
    return payment && (payment.stripePaymentIntentId ?? id) === id ? payment : null;
  }

  async function applyState(tx: Tx, intent: Stripe.PaymentIntent, before: StoredPayment): Promise<StoredPayment> {
    const seen = stateOf(intent);
    const waits = seen.status === "failed" || seen.status === "requires_payment_method";
    const trying = waits && before.status !== seen.status && (await isTrying(tx, before.id));
    const state = trying ? { ...seen, status: before.status } : seen;
    const settled = state.status === "succeeded" || state.status === "failed" || state.status === "canceled";
    return (await store.update(tx, before.id, state, settled ? clock.now() : null)) ?? before;
  }

  async function tell(tx: Tx, before: StoredPayment, payment: StoredPayment): Promise<void> {
    if (before.status === payment.status) return;
    const fact = { payment: toPublic(payment) };
    if (payment.status === "succeeded") await facts?.emit(tx, "payment.succeeded", fact);
    const failed = payment.status === "failed" || payment.status === "canceled";
    if (failed) await facts?.emit(tx, "payment.failed", { ...fact, declineCode: payment.declineCode });
  }

  async function applyMoney(
    tx: Tx,
    intent: Stripe.PaymentIntent,
    { charged, revenue, stripeInvoiceId }: IntentMoney,
    payment: StoredPayment | null,
  ): Promise<void> {
    if (charged === null) return;
    const reference = payment?.reference ?? stripeInvoiceId ?? intent.id;
    await book(tx, charged, { reference, revenue, presented: presentedCharge(intent) });
  }

  return async (id) => {
    const expand = ["latest_charge.balance_transaction"];
    const intent = await readOrNull(stripe.paymentIntents.retrieve(id, { expand }));
    if (intent === null) return async () => undefined;
    const moved = await readMoney(stripe, intent, {
      ours: intent.metadata[paymentMark] !== undefined,
      refunds: await hasRefunds(id),
    });
    return async (tx) => {
      const before = await ourPayment(tx, intent);
      const payment = before && (await applyState(tx, intent, before));
      await applyMoney(tx, intent, moved, payment);
      // After the books, so that whoever hears of it finds the money there.
      if (before && payment) await tell(tx, before, payment);
      for (const refund of moved.refunds) await applyRefund(tx, refund, { intentId: id, payment });
    };
  };
}
