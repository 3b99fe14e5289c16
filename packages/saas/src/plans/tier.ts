/** A tier: what a subject has bought. */
import type { Money } from "@revops/core";
import type { Charge, ChargeDefinition } from "./charge.ts";
import type { CountedId, FeatureDefinitions, FlagId, StaticId, StaticValue } from "./feature.ts";

/** How a counted feature is served and priced in a tier, beyond its limit. */
export interface RuleDefinition {
  /**
   * At the limit, `hard` (unless said otherwise) refuses. `soft` admits: what is beyond the limit is overage, priced by
   * `charge`.
   */
  readonly limit?: "hard" | "soft" | undefined;
  /** At most this much in an hour or a day, inside the period and its limit: 50 a day of 300 a month. In the feature's unit. */
  readonly per?: { readonly hour?: number | undefined; readonly day?: number | undefined } | undefined;
  /** Units that `charge` leaves out of the price. A soft limit includes the limit, others nothing, unless said otherwise. */
  readonly included?: number | string | undefined;
  /** Use that is admitted and has no charge costs nothing. */
  readonly charge?: ChargeDefinition | undefined;
  /** Percents of the limit at which a fact says so, once a period each; `[80, 100]` unless said otherwise. */
  readonly thresholds?: readonly number[] | undefined;
}

/** What a tier puts into a pool of credits in each period. Quantities in the pool's unit. */
export interface CreditAllowanceDefinition {
  readonly amount: number | string;
  /** What is left over goes into the next period, up to `cap` (null: all of it); left out, it ends with the period. */
  readonly rollover?: { readonly cap: number | string | null };
  /** Lower numbers are drawn first; 100 unless said otherwise. */
  readonly priority?: number;
}

/** How a tier is written down. Every feature of the catalog is named, so that none is forgotten or misspelt. */
export interface TierDefinition<Features extends FeatureDefinitions, Pool extends PropertyKey = string> {
  /** Its rank; a higher one is an upgrade. Each tier has its own. */
  readonly level: number;
  readonly name: string;
  /** Per interval, in minor units; null is a custom price, agreed with sales. */
  readonly price: Money | null;
  readonly interval: "month" | "year";
  /** In the feature's unit, not in its smallest one; null is unlimited, 0 is not in the plan. */
  readonly limits: { readonly [Id in CountedId<Features>]: number | null };
  readonly flags: { readonly [Id in FlagId<Features>]: boolean };
  readonly values: { readonly [Id in StaticId<Features>]: StaticValue };
  /** Only for the features that are more than a hard limit. */
  readonly rules?: { readonly [Id in CountedId<Features>]?: RuleDefinition };
  /** Of the charges; the price's, or `usd` where the price is custom, unless said otherwise. */
  readonly currency?: string;
  /** A period's statement comes to at least this, in minor units, after discounts. */
  readonly minimumSpend?: number;
  /** Overage stops at this much a period, in minor units, unless the subject sets another cap. */
  readonly spendCap?: number;
  readonly credits?: { readonly [Id in Pool]?: CreditAllowanceDefinition };
  /** Days for which it may be tried, once a subject; 0 unless said otherwise. */
  readonly trialDays?: number;
  /** Days for which a past-due subject keeps it; as long as Stripe says `past_due` unless said otherwise. */
  readonly graceDays?: number;
}

export interface LimitWindow {
  readonly interval: "hour" | "day";
  readonly limit: number;
}

/** A rule with nothing left out. Quantities are canonical decimals in the feature's unit. */
export interface FeatureRule {
  readonly limit: "hard" | "soft";
  /** Caps inside the period, shortest first. */
  readonly windows: readonly LimitWindow[];
  readonly included: string;
  readonly charge: Charge | null;
  readonly thresholds: readonly number[];
}

export interface CreditAllowance {
  readonly amount: string;
  /** null ends with the period; a cap of null keeps all. */
  readonly rollover: { readonly cap: string | null } | null;
  readonly priority: number;
}

/** A tier of a catalog, with nothing left out. */
export interface PlanTier {
  readonly id: string;
  readonly level: number;
  readonly name: string;
  /** Per interval, in minor units; null is a custom price. */
  readonly price: Money | null;
  readonly interval: "month" | "year";
  /** By feature, in the feature's unit; null is unlimited, 0 is not in the plan. */
  readonly limits: Readonly<Record<string, number | null>>;
  /** By feature, whether the tier has it. */
  readonly flags: Readonly<Record<string, boolean>>;
  /** By feature, such as `{ sla: "99.5%" }`. */
  readonly values: Readonly<Record<string, StaticValue>>;
  /** By feature, for every counted one. */
  readonly rules: Readonly<Record<string, FeatureRule>>;
  readonly currency: string;
  readonly minimumSpend: number;
  /** null is none. */
  readonly spendCap: number | null;
  /** By pool. */
  readonly credits: Readonly<Record<string, CreditAllowance>>;
  readonly trialDays: number;
  /** null: as long as Stripe says `past_due`. */
  readonly graceDays: number | null;
}

/** Whether going from one tier to another gains something: a higher level. */
export function canUpgrade(from: Pick<PlanTier, "level">, to: Pick<PlanTier, "level">): boolean {
  return to.level > from.level;
}

/** Whether going from one tier to another gives something up: a lower level. */
export function canDowngrade(from: Pick<PlanTier, "level">, to: Pick<PlanTier, "level">): boolean {
  return to.level < from.level;
}
