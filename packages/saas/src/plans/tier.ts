/** A tier: what a subject has bought. */
import type { Money } from "@revops/core";
import type { CountedId, FeatureDefinition, FlagId, StaticId, StaticValue } from "./feature.ts";

/** How a tier is written down. Every feature of the catalog is named, so that none is forgotten or misspelt. */
export interface TierDefinition<Features extends Record<string, FeatureDefinition>> {
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
}

/** A tier of a catalog. */
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
}

/** Whether going from one tier to another gains something: a higher level. */
export function canUpgrade(from: PlanTier, to: PlanTier): boolean {
  return to.level > from.level;
}

/** Whether going from one tier to another gives something up: a lower level. */
export function canDowngrade(from: PlanTier, to: PlanTier): boolean {
  return to.level < from.level;
}
