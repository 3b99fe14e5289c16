import { defineErrors, type ErrorCode } from "@revops/core";

/** What can go wrong between a package and its database. */
export const databaseErrors = defineErrors({
  invalid_database_url: "The database address is not valid",
  database_unavailable: "The database does not answer",
  database_busy: "Another process holds the database's write lock",
  handle_outside_transaction: "The database was used past its own open transaction",
  transaction_aborted: "A statement of the transaction failed, so nothing of it was stored",
  unstorable_text: "The text cannot be stored",
  migration_changed: "A migration that was already applied has changed",
  schema_newer: "The database was migrated by a newer version",
});
export type DatabaseErrorCode = ErrorCode<typeof databaseErrors>;
