/** What a catalog has besides tiers: things to buy on top, and pools of credits. */
import type { Money } from "@revops/core";
import type { CountedId, FeatureDefinitions, FlagId, MeteredId } from "./feature.ts";

/** Something that is bought on top of a tier, any number of times. */
export interface AddOnDefinition<Features extends FeatureDefinitions> {
  readonly name: string;
  /** For each, per interval of the tier. */
  readonly price: Money;
  /** Added to the tier's limits for each one bought; unlimited stays unlimited. */
  readonly limits?: { readonly [Id in CountedId<Features>]?: number };
  /** Flags that it switches on. */
  readonly flags?: { readonly [Id in FlagId<Features>]?: true };
  /** 1 for what can be had once; no bound unless said otherwise. */
  readonly maxQuantity?: number;
}

/** A pool of credits from which several features draw. */
export interface CreditPoolDefinition<Features extends FeatureDefinitions> {
  readonly name?: string;
  /** Decimals of its quantities, 0 to 9; 0 unless said otherwise. */
  readonly decimals?: number;
  /** Credits for one unit of a feature. A feature draws from one pool at most. */
  readonly rates: { readonly [Id in MeteredId<Features>]?: number | string };
}

export interface AddOn {
  readonly id: string;
  readonly name: string;
  readonly price: Money;
  readonly limits: Readonly<Record<string, number>>;
  readonly flags: Readonly<Record<string, true>>;
  readonly maxQuantity: number | null;
}

export interface CreditPool {
  readonly id: string;
  readonly name: string;
  readonly decimals: number;
  /** By feature, canonical decimals. */
  readonly rates: Readonly<Record<string, string>>;
}
