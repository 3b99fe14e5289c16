/** The proof that every balance is the sum of its ledger. */
import type { Database } from "@revops/database";
import type { Difference } from "./difference.ts";
import type { LedgerStore } from "./store.ts";

export interface Ledger {
  /**
   * Recomputes every balance (of one subject, or of all) from its ledger entries and from the events behind them, and
   * names those that differ: none, as long as nobody wrote past this package. Reads every event; writes nothing.
   * @example const differences = await ledger.verify(); // []
   */
  verify(subjectId?: string): Promise<Difference[]>;
}

export function createLedger({ database, store }: { database: Database; store: LedgerStore }): Ledger {
  return { verify: (subjectId) => store.differences(database, subjectId) };
}
