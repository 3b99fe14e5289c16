/** The proof that every balance is the sum of its ledger. */
import type { Database } from "@revops/database";
import type { Plans } from "../plans/plans.ts";
import { audit } from "./audit.ts";
import type { Difference } from "./difference.ts";

export interface Ledger {
  /**
   * Recomputes every balance (of one subject, or of all) from its ledger entries and from the events behind them, every hour
   * and day of the history and every group from the events, and names those that differ: none, as long as nobody wrote past
   * this package. Reads every event; writes nothing. `revops-usage verify` is the same as a command.
   * @example const differences = await ledger.verify(); // []
   */
  verify(subjectId?: string): Promise<Difference[]>;
}

export function createLedger({ database, plans }: { database: Database; plans: Plans }): Ledger {
  return { verify: (subjectId) => audit(database, plans, subjectId) };
}
