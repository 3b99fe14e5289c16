import type { Columns } from "@revops/database";
import type { DunningStatus } from "./dunning-case.ts";

export const dunningTables = (c: Columns) => ({
  /** One for each invoice that could not be collected. */
  dunningCases: c.table(
    "payments_dunning_cases",
    {
      stripeInvoiceId: c.text().primaryKey(),
      subjectId: c.text().notNull(),
      stripeSubscriptionId: c.text(),
      status: c.text().$type<DunningStatus>().notNull(),
      attempts: c.integer().notNull(),
      declineCode: c.text(),
      startedAt: c.time().notNull(),
      nextAttemptAt: c.time(),
      graceEndsAt: c.time().notNull(),
      endedAt: c.time(),
    },
    (table) => [c.index("payments_dunning_cases_subject_id").on(table.subjectId, table.startedAt)],
  ),
});
