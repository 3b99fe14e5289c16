/** The answer to "may it be used?", with its reasons. */
import type { LimitSource } from "../entitlements/agreement.ts";

/** Why an answer is what it is. */
export type VerdictReason =
  /** It fits under the limit. */
  | "within_limit"
  /** The tier has no limit for it, or has the flag. */
  | "unlimited"
  /** Credits paid for some or all of it. */
  | "credits"
  /** Some or all of it is beyond a soft limit, and is billed as overage. */
  | "overage"
  /** The id was counted before; nothing was counted now. */
  | "duplicate"
  /** The database could not be asked, and the feature allows use meanwhile; it is counted later. */
  | "unavailable"
  /** It does not fit under the limit any more. */
  | "quota_exceeded"
  /** It does not fit under the cap of this hour or day, inside the period. */
  | "window_exceeded"
  /** It would cost more overage than the customer, or the plan, lets happen. */
  | "spend_cap_reached"
  /** The tier has none of it at all. */
  | "not_in_plan"
  /** More would be given back than is in use. */
  | "usage_below_zero";

/** What would turn a refusal into a yes. */
export interface WouldPass {
  /** The lowest tier in which it would be allowed now, or null. */
  readonly tier: string | null;
  /** When time alone would be enough: the period's end, or the end of the hour or day whose cap is full. */
  readonly at: Date | null;
  /** The most that would be allowed now. */
  readonly quantity: number;
}

/** What a use was taken from. The three sum up to its quantity. */
export interface VerdictDrawn {
  readonly included: number;
  readonly credits: number;
  readonly overage: number;
}

/** A cap that stood in the way where the limit did not. */
export type VerdictCap =
  | { readonly kind: "hour" | "day"; readonly limit: number; readonly used: number; readonly resetsAt: Date }
  /** In units, in money for the feature, or in money for all features together. */
  | { readonly kind: "spend"; readonly of: "units" | "feature_amount" | "total_amount" };

/** An answer. Quantities are in the feature's unit. */
export interface Verdict {
  /** Of a verdict that was kept, under which it can be replayed. */
  readonly id: string | null;
  readonly allowed: boolean;
  /** This id was counted before, so nothing was counted now. An id counts once, whatever quantity it comes with later. */
  readonly duplicate: boolean;
  readonly reason: VerdictReason;
  readonly feature: string;
  readonly tier: string;
  /** Of the catalog that decided. */
  readonly planVersion: string;
  /**
   * What may be used in the period without overage. Credits are only asked once what the plan includes is used; from then
   * on, the limit is what is included and what they add. null is unlimited.
   */
  readonly limit: number | null;
  readonly limitFrom: LimitSource;
  /** After this call, reserved units included. */
  readonly used: number;
  /** null is unlimited; never below 0. */
  readonly remaining: number | null;
  /** What credits still pay for; 0 as long as what the plan includes is enough, since they are not asked. */
  readonly credits: number;
  /** Of `used`, what is beyond the limit. */
  readonly overage: number;
  /** null for a refusal, a repeat and a flag. */
  readonly drawn: VerdictDrawn | null;
  /** When usage starts at zero again; null for standing counts and flags. */
  readonly resetsAt: Date | null;
  /** Only for a refusal that was not the limit's. */
  readonly cap: VerdictCap | null;
  /** Only for a refusal. */
  readonly wouldPass: WouldPass | null;
}
