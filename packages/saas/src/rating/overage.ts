/** What use beyond the included units costs so far: for caps in money, and in the statement. */
import { type Decimal, decimal } from "@revops/core";
import type { PlanTier } from "../plans/tier.ts";
import { stepsOf } from "./charges.ts";

/**
 * The price of so much overage, in minor units, not rounded: what it adds to that of the limit, where use has a price within
 * that already. It never falls as the quantity rises, but for a volume price whose later steps are cheaper. null where the
 * tier has no price for it by quantity.
 * @param overage units beyond the limit that credits did not pay for, so far in the period
 */
export function overageCost(plan: PlanTier, featureId: string, overage: Decimal): Decimal | null {
  const rule = plan.rules[featureId];
  const charge = rule?.charge ?? null;
  if (!rule || charge === null || charge.model === "flat" || charge.model === "per_seat") return null;
  const none = decimal(0);
  if (overage.lte(none)) return none;
  const limit = plan.limits[featureId] ?? null;
  const within = limit === null ? none : decimal(limit).minus(decimal(rule.included));
  const priceOf = (quantity: Decimal) =>
    quantity.lte(none) ? none : stepsOf(charge, quantity).reduce((sum, { amount }) => sum.plus(decimal(amount)), none);
  return priceOf(within.plus(overage)).minus(priceOf(within));
}
