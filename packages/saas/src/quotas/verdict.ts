/** The answer to "may it be used?", with its reasons. */

/** Why an answer is what it is. */
export type VerdictReason =
  /** It fits under the limit. */
  | "within_limit"
  /** The tier has no limit for it, or has the flag. */
  | "unlimited"
  /** The id was counted before; nothing was counted now. */
  | "duplicate"
  /** It does not fit under the limit any more. */
  | "quota_exceeded"
  /** The tier has none of it at all. */
  | "not_in_plan"
  /** More would be given back than is in use. */
  | "usage_below_zero";

/** What would turn a refusal into a yes. */
export interface WouldPass {
  /** The lowest tier in which it would be allowed now, or null. */
  readonly tier: string | null;
  /** When the usage starts at zero again, if that would be enough. */
  readonly at: Date | null;
  /** The most that would be allowed now. */
  readonly quantity: number;
}

/** An answer. Quantities are in the feature's unit. */
export interface Verdict {
  readonly allowed: boolean;
  /** This id was counted before, so nothing was counted now. An id counts once, whatever quantity it comes with later. */
  readonly duplicate: boolean;
  readonly reason: VerdictReason;
  readonly feature: string;
  readonly tier: string;
  /** Of the catalog that decided. */
  readonly planVersion: string;
  /** null is unlimited. */
  readonly limit: number | null;
  /** After this call. */
  readonly used: number;
  /** null is unlimited; never below 0. */
  readonly remaining: number | null;
  /** When usage starts at zero again; null for standing counts and flags. */
  readonly resetsAt: Date | null;
  /** Only for a refusal. */
  readonly wouldPass: WouldPass | null;
}
