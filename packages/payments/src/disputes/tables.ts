import type { Columns } from "@revops/database";
import type { DisputeStatus } from "./dispute.ts";

export const disputeTables = (c: Columns) => ({
  disputes: c.table(
    "payments_disputes",
    {
      id: c.text().primaryKey(),
      stripeDisputeId: c.text().notNull(),
      stripePaymentIntentId: c.text(),
      paymentId: c.text(),
      reference: c.text(),
      amount: c.bigint().notNull(),
      currency: c.text().notNull(),
      status: c.text().$type<DisputeStatus>().notNull(),
      reason: c.text().notNull(),
      evidenceDueBy: c.time(),
      createdAt: c.time().notNull(),
    },
    (table) => [
      c.uniqueIndex("payments_disputes_stripe_dispute_id_unique").on(table.stripeDisputeId),
      c.index("payments_disputes_payment_id").on(table.paymentId),
    ],
  ),
});
