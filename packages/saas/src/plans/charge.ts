/**
 * What use costs. Amounts are in minor units of the tier's currency; those of a unit are exact decimals, as texts where a
 * float would not do: "0.25" is a quarter of a cent.
 */

/** A step of a graduated or volume price, in Stripe's words: https://docs.stripe.com/api/prices/object#price_object-tiers */
export interface PriceTierDefinition {
  /** The last quantity that belongs to this step; null for the last step, which has no end. */
  readonly upTo: number | string | null;
  /** Per unit within the step; 0 if left out. */
  readonly unitAmount?: number | string | undefined;
  /** Once, as soon as the step is reached; 0 if left out. */
  readonly flatAmount?: number | undefined;
}

/**
 * A metered feature is priced by what was used in a cycle. An allocated one that is priced by quantity, by the most that was held
 * at once, for a whole period: of one that an upgrade cuts, each part pays its share of that price.
 */
export type ChargeDefinition =
  /** A fixed amount a period, used or not; prorated like the tier's own price. */
  | { readonly model: "flat"; readonly amount: number }
  /** Quantity × price. */
  | { readonly model: "per_unit"; readonly unitAmount: number | string }
  /**
   * For allocated features: each seat for the time it was held, to the second (`prorated`, unless said otherwise), or the
   * most that were held at once, for the whole period (`peak`).
   */
  | {
      readonly model: "per_seat";
      readonly unitAmount: number | string;
      readonly basis?: "prorated" | "peak" | undefined;
    }
  /** Each step's units at that step's price. */
  | { readonly model: "graduated"; readonly tiers: readonly PriceTierDefinition[] }
  /** All units at the price of the step that the whole quantity falls into. */
  | { readonly model: "volume"; readonly tiers: readonly PriceTierDefinition[] }
  /** Whole packages of `size` units; one that was begun is charged (`up`, unless said otherwise) or not (`down`). */
  | {
      readonly model: "package";
      readonly size: number | string;
      readonly amount: number;
      readonly rounding?: "up" | "down" | undefined;
    };

/** A step with nothing left out; quantities and prices as canonical decimals. */
export interface PriceTier {
  readonly upTo: string | null;
  readonly unitAmount: string;
  readonly flatAmount: number;
}

/** A charge with nothing left out. Plain JSON, as it is stored with a plan's version. */
export type Charge =
  | { readonly model: "flat"; readonly amount: number }
  | { readonly model: "per_unit"; readonly unitAmount: string }
  | { readonly model: "per_seat"; readonly unitAmount: string; readonly basis: "prorated" | "peak" }
  | { readonly model: "graduated" | "volume"; readonly tiers: readonly PriceTier[] }
  | { readonly model: "package"; readonly size: string; readonly amount: number; readonly rounding: "up" | "down" };
