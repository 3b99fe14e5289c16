import type { Columns } from "@revops/database";

/** Postings and entries are only ever added: a mistake is mended by another posting. */
export const ledgerTables = (c: Columns) => ({
  ledgerPostings: c.table(
    "payments_ledger_postings",
    {
      /** The poster's own name for it: a second posting of the same id changes nothing. */
      id: c.text().primaryKey(),
      kind: c.text().notNull(),
      /** What it is about: an order, an invoice, a payment intent. */
      reference: c.text().notNull(),
      currency: c.text().notNull(),
      at: c.time().notNull(),
      recordedAt: c.time().notNull(),
    },
    (table) => [c.index("payments_ledger_postings_reference").on(table.reference)],
  ),
  ledgerEntries: c.table(
    "payments_ledger_entries",
    {
      /** In the order of recording. */
      id: c.text().primaryKey(),
      postingId: c.text().notNull(),
      account: c.text().notNull(),
      currency: c.text().notNull(),
      /** Minor units; a debit is positive, a credit negative. */
      amount: c.bigint().notNull(),
    },
    (table) => [
      c.index("payments_ledger_entries_account").on(table.account, table.currency, table.id),
      c.index("payments_ledger_entries_posting_id").on(table.postingId),
    ],
  ),
  /**
   * A balance is its row here and what is not folded into it yet: a posting adds rows and locks none, so that all
   * charges of the world do not queue for the row of `stripe:balance`.
   */
  ledgerBalances: c.table(
    "payments_ledger_balances",
    { account: c.text().notNull(), currency: c.text().notNull(), amount: c.bigint().notNull() },
    (table) => [
      c.primaryKey({
        name: "payments_ledger_balances_account_currency_unique",
        columns: [table.account, table.currency],
      }),
    ],
  ),
  ledgerUnfolded: c.table(
    "payments_ledger_unfolded",
    {
      entryId: c.text().primaryKey(),
      account: c.text().notNull(),
      currency: c.text().notNull(),
      amount: c.bigint().notNull(),
    },
    (table) => [c.index("payments_ledger_unfolded_account").on(table.account, table.currency)],
  ),
});
