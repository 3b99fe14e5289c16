/** What a ledger or the events behind it do not explain. */

/** Which balance. */
interface Named {
  /** null, as the feature, when entries are left of a balance whose row is gone. */
  readonly subjectId: string | null;
  readonly feature: string | null;
  /** Start of the usage period; null for standing counts. */
  readonly periodStart: Date | null;
}

/** A balance that is not what its ledger and its events say. Quantities are in the feature's smallest unit. */
export interface BalanceDifference extends Named {
  readonly kind: "balance";
  /** The stored balance. */
  readonly counted: number;
  /** The sum of the ledger's entries. */
  readonly ledger: number;
  /** What the events and their corrections come to, by the meter's aggregation. */
  readonly events: number;
  /** How many ledger entries are missing (or, below 0, too many). */
  readonly missingEntries: number;
}

/** An hour or a day of the history that its events do not add up to. */
export interface HistoryDifference extends Named {
  readonly kind: "history";
  readonly span: "hour" | "day";
  /** null where a meter's history is told by its sum only: a maximum, a latest value, distinct values. */
  readonly start: Date | null;
  readonly counted: number;
  readonly events: number;
}

/** A group of a dimension that its events do not add up to. */
export interface GroupDifference extends Named {
  readonly kind: "group";
  readonly dimension: string;
  /** As JSON. */
  readonly value: string;
  /** Sum of quantities and number of events, as stored. */
  readonly counted: readonly [quantity: number, events: number];
  readonly events: readonly [quantity: number, events: number];
}

/** What is left of a credit, which the credit's own ledger does not explain. In the account's smallest unit. */
export interface CreditDifference extends Named {
  readonly kind: "credit";
  readonly creditId: string;
  readonly counted: number;
  readonly ledger: number;
  readonly missingEntries: number;
}

/** A sum beside a balance: of an hour, of a day, or of what credits paid for. In the feature's smallest unit. */
export interface TallyDifference extends Named {
  readonly kind: "tally";
  readonly of: "hour" | "day" | "credited";
  readonly counted: number;
  readonly ledger: number;
  /** For what credits paid for: what their ledgers say that they paid for. */
  readonly paid: number;
  readonly missingEntries: number;
}

export type Difference = BalanceDifference | HistoryDifference | GroupDifference | CreditDifference | TallyDifference;
