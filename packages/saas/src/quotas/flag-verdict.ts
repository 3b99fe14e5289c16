/** Whether a tier has something that is not counted. Pure. */
import type { PlanFeature } from "../plans/feature.ts";
import type { Plans } from "../plans/plans.ts";
import type { Verdict } from "./verdict.ts";

export function flagVerdict(feature: PlanFeature, tierId: string, plans: Plans): Verdict {
  const allowed = plans.tier(tierId).flags[feature.id] === true;
  const better = plans.tiers.find((tier) => plans.canUpgrade(tierId, tier.id) && tier.flags[feature.id] === true);
  return {
    allowed,
    duplicate: false,
    reason: allowed ? "unlimited" : "not_in_plan",
    feature: feature.id,
    tier: tierId,
    planVersion: plans.version,
    limit: allowed ? null : 0,
    used: 0,
    remaining: allowed ? null : 0,
    resetsAt: null,
    wouldPass: allowed ? null : { tier: better?.id ?? null, at: null, quantity: 0 },
  };
}
