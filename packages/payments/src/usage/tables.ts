import type { Columns } from "@revops/database";
import type { BillState, Channel, UnbilledReason } from "./bill.ts";

export const usageTables = (c: Columns) => ({
  /** One for each closed cycle that Stripe charges something for. */
  usageBills: c.table(
    "payments_usage_bills",
    {
      cycleId: c.text().primaryKey(),
      subjectId: c.text().notNull(),
      tier: c.text().notNull(),
      periodStart: c.time().notNull(),
      periodEnd: c.time().notNull(),
      currency: c.text().notNull(),
      total: c.bigint().notNull(),
      state: c.text().$type<BillState>().notNull(),
      /** Why it is unbilled. */
      reason: c.text().$type<UnbilledReason>(),
      stripeInvoiceId: c.text(),
      createdAt: c.time().notNull(),
      checkedAt: c.time(),
    },
    (table) => [
      c.index("payments_usage_bills_state").on(table.state, table.cycleId),
      c.index("payments_usage_bills_subject_id").on(table.subjectId, table.state),
    ],
  ),
  usageBillLines: c.table(
    "payments_usage_bill_lines",
    {
      cycleId: c.text().notNull(),
      lineId: c.text().notNull(),
      position: c.integer().notNull(),
      kind: c.text().notNull(),
      description: c.text().notNull(),
      feature: c.text(),
      /** The quantity that is priced, as decimal text. */
      charged: c.text(),
      amount: c.bigint().notNull(),
      channel: c.text().$type<Channel>(),
      /** The stored call that tells Stripe of it: set in the transaction that stores the call, so that there is never a second. */
      callId: c.text(),
      stripeAmount: c.bigint(),
    },
    (table) => [
      c.primaryKey({
        name: "payments_usage_bill_lines_cycle_id_line_id_unique",
        columns: [table.cycleId, table.lineId],
      }),
    ],
  ),
});
