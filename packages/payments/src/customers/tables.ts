import type { Columns } from "@revops/database";

export const forgottenTables = (c: Columns) => ({
  /** Who is to be forgotten, for ever: what Stripe or a request under way brings of them later is not taken in again. */
  forgotten: c.table(
    "payments_forgotten",
    {
      subjectId: c.text().primaryKey(),
      forgottenAt: c.time().notNull(),
      /** Until then what they still owe for their use may be charged. */
      cardsUntil: c.time().notNull(),
      /** When Stripe had nothing of theirs left; null until then. */
      settledAt: c.time(),
    },
    (table) => [c.index("payments_forgotten_settled_at").on(table.settledAt, table.subjectId)],
  ),
});
