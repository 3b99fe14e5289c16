import type { Columns } from "@revops/database";
import type { RefundStatus } from "./refund.ts";

export const refundTables = (c: Columns) => ({
  refunds: c.table(
    "payments_refunds",
    {
      id: c.text().primaryKey(),
      /** The caller's name for it; null for one that was made at Stripe. */
      reference: c.text(),
      /** Null for a payment that is not ours, such as an invoice's. */
      paymentId: c.text(),
      stripeRefundId: c.text(),
      stripePaymentIntentId: c.text(),
      amount: c.bigint().notNull(),
      currency: c.text().notNull(),
      status: c.text().$type<RefundStatus>().notNull(),
      reason: c.text(),
      failureCode: c.text(),
      createdAt: c.time().notNull(),
    },
    (table) => [
      c.uniqueIndex("payments_refunds_reference_unique").on(table.reference),
      c.uniqueIndex("payments_refunds_stripe_refund_id_unique").on(table.stripeRefundId),
      c.index("payments_refunds_stripe_payment_intent_id").on(table.stripePaymentIntentId),
      c.index("payments_refunds_payment_id").on(table.paymentId, table.id),
    ],
  ),
});
