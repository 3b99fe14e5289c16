/** A statement: what a period costs, line by line, with the arithmetic of each line and the events behind it. */
import type { Money } from "@revops/core";

/** A part of a period, in whole seconds, as Stripe prorates: https://docs.stripe.com/billing/subscriptions/prorations */
export interface Share {
  readonly seconds: number;
  readonly of: number;
}

/** `quantity × unitAmount + flatAmount = amount`, exact. Decimals are texts; amounts in minor units. */
export interface Term {
  readonly label: string;
  readonly quantity: string;
  readonly unitAmount: string;
  readonly flatAmount: string;
  readonly amount: string;
}

/** One term of a line; with a share, `× seconds / of` comes to `amount`, rounded half up to the minor unit. */
export interface Step extends Term {
  readonly share: Share | null;
  /** What `unitAmount` is the sum of, where it is what several steps of a price come to for a whole period; else empty. */
  readonly terms: readonly Term[];
}

/**
 * The events behind a quantity: those of one balance that its ledger counted with the entries `firstEntry` to `lastEntry`.
 * `usage.events` lists exactly these. null is none at all: nothing was used.
 */
export interface EventsReference {
  readonly feature: string;
  /** Start of the usage period that the balance is of; null for standing counts. */
  readonly periodStart: Date | null;
  readonly firstEntry: number;
  readonly lastEntry: number;
}

export type LineKind = "base" | "add_on" | "usage" | "discount" | "minimum" | "adjustment";

/** What an adjustment restates: a cycle that was closed before an event of it arrived or was corrected. */
export interface Restatement {
  readonly cycleId: string;
  /** The cycle's total as it was charged so far. */
  readonly before: Money;
  /** Its total with what has come since, rated anew by the same rules. */
  readonly after: Money;
  /** The lines that sum up to `after`. */
  readonly lines: readonly StatementLine[];
}

export interface StatementLine {
  /** Unique in its statement: `base`, `usage:api_call`. */
  readonly id: string;
  readonly kind: LineKind;
  readonly description: string;
  readonly feature: string | null;
  /** What was used, in the feature's unit; null where nothing is counted. */
  readonly quantity: string | null;
  /**
   * What a price is applied to, in the feature's unit: beyond what is included and what credits paid for. Of seats, how many
   * were held on average; of a flat amount, the part of the period. null where nothing is charged by use, and where no
   * quantity by itself comes to the amount: of a standing count's price for a part of its period.
   */
  readonly charged: string | null;
  /** The sum of the steps, rounded half up (away from zero) once. */
  readonly amount: Money;
  readonly arithmetic: readonly Step[];
  readonly events: EventsReference | null;
  readonly restates: Restatement | null;
}

export interface Statement {
  readonly currency: string;
  readonly lines: readonly StatementLine[];
  /** The sum of the lines. */
  readonly total: Money;
}
