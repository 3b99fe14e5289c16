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
}
