/** A balance that its ledger does not explain. */
export interface Difference {
  readonly subjectId: string;
  readonly feature: string;
  /** Start of the usage period; null for standing counts. */
  readonly periodStart: Date | null;
  /** The stored balance, in the feature's smallest unit. */
  readonly counted: number;
  /** The sum of the ledger's entries. */
  readonly ledger: number;
  /** The sum of the events behind them. */
  readonly events: number;
}
