/** Notices when the root handle is used inside an open transaction, which on SQLite would wait for itself for ever. */
import { AsyncLocalStorage } from "node:async_hooks";
import { databaseErrors } from "./errors.ts";

interface Scope {
  open: boolean;
}

export interface TransactionScope {
  /** Runs `work` as the inside of a transaction. */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** @throws `handle_outside_transaction` inside {@link TransactionScope.run}, unless that transaction has ended */
  assertOutside(): void;
}

/** One scope for each database, since a transaction of one may well use another. */
export function createTransactionScope(): TransactionScope {
  const storage = new AsyncLocalStorage<Scope>();
  return {
    async run(work) {
      const scope: Scope = { open: true };
      try {
        return await storage.run(scope, work);
      } finally {
        // Work started inside and left running (a timer, a queue) is outside from now on.
        scope.open = false;
      }
    },
    assertOutside() {
      if (storage.getStore()?.open !== true) return;
      throw databaseErrors.handle_outside_transaction({
        detail: "The database was used inside one of its own transactions; use (or pass on) `tx` there.",
      });
    },
  };
}
