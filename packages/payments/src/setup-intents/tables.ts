import type { Columns } from "@revops/database";
import type { SetupIntentStatus } from "./setup-intent.ts";

export const setupIntentTables = (c: Columns) => ({
  setupIntents: c.table(
    "payments_setup_intents",
    {
      /** Stripe's own. */
      id: c.text().primaryKey(),
      subjectId: c.text().notNull(),
      status: c.text().$type<SetupIntentStatus>().notNull(),
      paymentMethodId: c.text(),
      clientSecret: c.text(),
      failureCode: c.text(),
      createdAt: c.time().notNull(),
    },
    (table) => [c.index("payments_setup_intents_subject_id").on(table.subjectId)],
  ),
});
