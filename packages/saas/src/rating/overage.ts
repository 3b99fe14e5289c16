/** What use beyond the included units costs so far: for caps in money, and in the statement. */
import { type Decimal, decimal } from "@revops/core";
import type { PlanTier } from "../plans/tier.ts";
import { stepsOf } from "./charges.ts";

/**
 * The price of so much overage, in minor units, not rounded. It never falls as the quantity rises, but for a volume price
 * whose later steps are cheaper. null where the tier has no price for it by quantity.
 * @param overage units beyond the included ones, so far in the period
 */
export function overageCost(plan: PlanTier, featureId: string, overage: Decimal): Decimal | null {
  const charge = plan.rules[featureId]?.charge ?? null;
  if (charge === null || charge.model === "flat" || charge.model === "per_seat") return null;
  if (overage.lte(decimal(0))) return decimal(0);
  return stepsOf(charge, overage).reduce((sum, { amount }) => sum.plus(decimal(amount)), decimal(0));
}
