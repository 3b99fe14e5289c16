/** Something stored that its ledger does not explain. */
export interface Difference {
  /** What is wrong: a balance, what is left of a credit, or a sum beside a balance (an hour, a day, what credits paid for). */
  readonly of: "balance" | "credit" | "tally";
  /** null, as the feature, when entries are left of a balance whose row is gone. */
  readonly subjectId: string | null;
  readonly feature: string | null;
  /** Start of the usage period; null for standing counts. */
  readonly periodStart: Date | null;
  /** The stored balance, in the feature's smallest unit. */
  readonly counted: number;
  /** The sum of the ledger's entries. */
  readonly ledger: number;
  /** The sum of the events behind them. */
  readonly events: number;
  /** How many ledger entries are missing (or, below 0, too many). */
  readonly missingEntries: number;
}
