/** How much overage a customer lets happen. Pure. */
import { type Decimal, decimal } from "@revops/core";

/** Asked before overage is admitted. */
export interface SpendGuard {
  /** Nothing is capped. */
  readonly isOpen: boolean;
  /** What it was made from; null where nothing is capped. */
  readonly limits: SpendLimits | null;
  /** The cap that this much overage of the feature in the period would break; null if none. In the smallest unit. */
  refusal(overage: number): SpendCapKind | null;
}

/** In units of the feature, in money for the feature, or in money for everything. */
export type SpendCapKind = "units" | "feature_amount" | "total_amount";

export interface SpendLimits {
  /** In the feature's smallest unit. */
  readonly units: number | null;
  /** In minor units, for this feature. */
  readonly featureAmount: number | null;
  /** In minor units, for all features together. */
  readonly totalAmount: number | null;
  /** What so much overage of the feature costs, in minor units, unrounded; null where it costs nothing. */
  readonly cost: (overage: number) => Decimal | null;
  /** What overage of the other features costs so far. */
  readonly elsewhere: () => Decimal;
}

export const openSpend: SpendGuard = { isOpen: true, limits: null, refusal: () => null };

/** A cap of exactly 100 admits what costs exactly 100. */
export function spendGuard(limits: SpendLimits): SpendGuard {
  const { units, featureAmount, totalAmount, cost, elsewhere } = limits;
  if (units === null && featureAmount === null && totalAmount === null) return openSpend;
  return {
    isOpen: false,
    limits,
    refusal(overage) {
      if (units !== null && overage > units) return "units";
      if (featureAmount === null && totalAmount === null) return null;
      const amount = cost(overage) ?? decimal(0);
      if (featureAmount !== null && amount.gt(decimal(featureAmount))) return "feature_amount";
      if (totalAmount !== null && amount.plus(elsewhere()).gt(decimal(totalAmount))) return "total_amount";
      return null;
    },
  };
}
