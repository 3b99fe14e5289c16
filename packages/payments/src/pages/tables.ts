import type { Columns } from "@revops/database";
import type { CheckoutStatus } from "./checkout-session.ts";

export const checkoutTables = (c: Columns) => ({
  checkoutSessions: c.table(
    "payments_checkout_sessions",
    {
      /** Stripe's own. */
      id: c.text().primaryKey(),
      subjectId: c.text().notNull(),
      status: c.text().$type<CheckoutStatus>().notNull(),
      tier: c.text(),
      stripeSubscriptionId: c.text(),
      createdAt: c.time().notNull(),
      expiresAt: c.time().notNull(),
    },
    (table) => [c.index("payments_checkout_sessions_subject_id").on(table.subjectId, table.status)],
  ),
});
