import type { Columns } from "@revops/database";
import type { TransferStatus } from "./transfer.ts";

export const transferTables = (c: Columns) => ({
  /** One for each publisher. */
  connectedAccounts: c.table(
    "payments_connected_accounts",
    {
      publisherId: c.text().primaryKey(),
      stripeAccountId: c.text().notNull(),
      payoutsEnabled: c.flag().notNull(),
      transfersEnabled: c.flag().notNull(),
      detailsSubmitted: c.flag().notNull(),
      createdAt: c.time().notNull(),
    },
    (table) => [c.uniqueIndex("payments_connected_accounts_stripe_account_id_unique").on(table.stripeAccountId)],
  ),
  transfers: c.table(
    "payments_transfers",
    {
      id: c.text().primaryKey(),
      reference: c.text().notNull(),
      publisherId: c.text().notNull(),
      accountId: c.text().notNull(),
      amount: c.bigint().notNull(),
      currency: c.text().notNull(),
      amountReversed: c.bigint().notNull(),
      status: c.text().$type<TransferStatus>().notNull(),
      stripeTransferId: c.text(),
      failureCode: c.text(),
      createdAt: c.time().notNull(),
    },
    (table) => [
      c.uniqueIndex("payments_transfers_reference_unique").on(table.reference),
      c.uniqueIndex("payments_transfers_stripe_transfer_id_unique").on(table.stripeTransferId),
    ],
  ),
  transferReversals: c.table("payments_transfer_reversals", {
    /** The caller's name for it. */
    reference: c.text().primaryKey(),
    transferId: c.text().notNull(),
    amount: c.bigint().notNull(),
    status: c.text().$type<TransferStatus>().notNull(),
    failureCode: c.text(),
    createdAt: c.time().notNull(),
  }),
});
