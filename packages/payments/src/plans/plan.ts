import type { Money } from "@revops/core";

export type BillingInterval = "month" | "year";

/** What a tier costs. */
export interface PlanPrice {
  /** `pro` … */
  readonly tier: string;
  /** For people: `Pro`. */
  readonly name: string;
  /** Zero: no subscription at Stripe is needed. Null: a price that sales agrees upon, nothing to push. */
  readonly price: Money | null;
  readonly interval: BillingInterval;
  /** Higher is better: what tells an upgrade from a downgrade. */
  readonly level: number;
  /** What use costs beside it, in its currency. Of a tier that has no price, nothing is pushed. */
  readonly usage?: readonly UsagePrice[] | undefined;
}

/** What the use of a feature costs in a tier. */
export interface UsagePrice {
  /** `api_call` … */
  readonly feature: string;
  /** For people: `API calls`. */
  readonly name: string;
  readonly charge: UsageCharge;
}

/**
 * The charge models that Stripe knows, applied to the quantity that is charged: what is included, or paid by credits, is left
 * out before. Amounts in minor units, those of a unit as exact decimals. https://docs.stripe.com/products-prices/pricing-models
 */
export type UsageCharge =
  | { readonly model: "per_unit"; readonly unitAmount: string }
  | { readonly model: "graduated" | "volume"; readonly tiers: readonly UsageStep[] }
  | { readonly model: "package"; readonly size: string; readonly amount: number; readonly rounding: "up" | "down" };

export interface UsageStep {
  /** The last quantity of the step; null for the last step, which has no end. */
  readonly upTo: string | null;
  readonly unitAmount: string;
  readonly flatAmount: number;
}

/** What an add-on costs, each. */
export interface AddOnPrice {
  readonly addOn: string;
  readonly name: string;
  readonly price: Money;
  readonly interval: BillingInterval;
}
