/** From Stripe's refund to ours, in the transaction that applies its payment intent. */
import { type Clock, createId, type FactEmitter, money, negateMoney } from "@revops/core";
import type { Tx } from "@revops/database";
import type { PaymentsFacts } from "../facts.ts";
import { fromUnix } from "../gateway/objects.ts";
import type { BookTransaction } from "../ledger/book.ts";
import type { RefundMoney } from "../payments/read-money.ts";
import { type StoredPayment, toPublic as toPublicPayment } from "../payments/store.ts";
import { refundMark } from "./refunds.ts";
import { type RefundStore, type StoredRefund, toPublic } from "./store.ts";

const statuses = ["pending", "requires_action", "succeeded", "failed", "canceled"] as const;

export function createApplyRefund(options: {
  readonly clock: Clock;
  readonly store: RefundStore;
  readonly book: BookTransaction;
  readonly facts: FactEmitter<PaymentsFacts, Tx> | undefined;
}) {
  const { clock, store, book, facts } = options;

  return async function apply(
    tx: Tx,
    { refund, transactions }: RefundMoney,
    { intentId, payment }: { intentId: string; payment: StoredPayment | null },
  ): Promise<void> {
    const marked = refund.metadata?.[refundMark];
    const known =
      (await store.findByStripeId(tx, refund.id)) ?? (marked === undefined ? null : await store.find(tx, marked));
    const after: StoredRefund = {
      id: known?.id ?? createId("rfd", clock.now()),
      reference: known?.reference ?? null,
      paymentId: payment?.id ?? null,
      stripeRefundId: refund.id,
      stripePaymentIntentId: intentId,
      amount: money(refund.amount, refund.currency),
      status: statuses.find((status) => status === refund.status) ?? "pending",
      reason: refund.reason,
      failureCode: refund.failure_reason ?? null,
      createdAt: known?.createdAt ?? fromUnix(refund.created),
    };
    await store.put(tx, after);
    const reference = payment?.reference ?? intentId;
    for (const [index, transaction] of transactions.entries()) {
      // The second takes the first back, when the bank would not have the money.
      const presented = index === 0 ? negateMoney(after.amount) : after.amount;
      await book(tx, transaction, { reference, presented });
    }
    if (!payment || known?.status === after.status) return;
    const fact = { payment: toPublicPayment(payment), refund: toPublic(after) };
    if (after.status === "succeeded") await facts?.emit(tx, "payment.refunded", fact);
    if (after.status === "failed") await facts?.emit(tx, "refund.failed", fact);
  };
}
