/** What things of the catalogue are called at Stripe. Ids have no `-`, so no two of these names can meet. */
import type { BillingInterval } from "./plan.ts";

interface At {
  readonly tier: string;
  readonly interval: BillingInterval;
}

/** Metadata of products and prices that says which tier they are. */
export const tierMark = "revops_tier";
/** Metadata of a metered price: the feature that it is for, and the tier. A tier's own price has {@link tierMark}. */
export const usageMark = "revops_usage";
export const usageTierMark = "revops_usage_tier";
export const addOnMark = "revops_addon";

/** The meter that counts a feature's charged use; one for all tiers. */
export const meterEventName = (feature: string) => `revops_${feature}`;

export const tierProduct = (tier: string) => `revops_${tier}`;
export const usageProduct = (feature: string) => `revops-usage-${feature}`;
export const addOnProduct = (addOn: string) => `revops-addon-${addOn}`;

export const tierKey = ({ tier, interval }: At) => `revops_${tier}_${interval}`;
export const usageKey = ({ tier, interval }: At, feature: string) => `revops-usage-${tier}-${interval}-${feature}`;
export const addOnKey = (addOn: string, interval: BillingInterval) => `revops-addon-${addOn}-${interval}`;
