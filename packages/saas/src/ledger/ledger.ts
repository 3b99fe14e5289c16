/** The proof that every balance is the sum of its ledger. */
import type { Database, Handle } from "@revops/database";
import type { Difference } from "./difference.ts";
import type { LedgerStore } from "./store.ts";

export interface Ledger {
  /**
   * Recomputes every balance (of one subject, or of all) from its ledger entries and from the events behind them, and
   * every credit and cap from its own, and names those that differ: none, as long as nobody wrote past this package. Reads every event; writes nothing.
   * @example const differences = await ledger.verify(); // []
   */
  verify(subjectId?: string): Promise<Difference[]>;
}

export interface LedgerOptions {
  readonly database: Database;
  readonly store: LedgerStore;
  /** Recomputes what is kept beside the balances. */
  readonly audit: (handle: Handle, subjectId: string | undefined) => Promise<Difference[]>;
}

export function createLedger({ database, store, audit }: LedgerOptions): Ledger {
  return {
    verify: async (subjectId) => [
      ...(await store.differences(database, subjectId)),
      ...(await audit(database, subjectId)),
    ],
  };
}
