/** Whether a tier has something that is not counted. Pure. */
import type { Terms } from "../entitlements/terms.ts";
import type { PlanFeature } from "../plans/feature.ts";
import type { Plans } from "../plans/plans.ts";
import { canUpgrade } from "../plans/tier.ts";
import type { Verdict } from "./verdict.ts";

export function flagVerdict(
  feature: PlanFeature,
  { plan, tier, planVersion }: Pick<Terms, "plan" | "tier" | "planVersion">,
  plans: Plans,
): Verdict {
  const allowed = plan.flags[feature.id] === true;
  const better = plans.tiers.find((other) => canUpgrade(plan, other) && other.flags[feature.id] === true);
  return {
    id: null,
    allowed,
    duplicate: false,
    reason: allowed ? "unlimited" : "not_in_plan",
    feature: feature.id,
    tier,
    planVersion: planVersion ?? plans.version,
    limit: allowed ? null : 0,
    limitFrom: { kind: "plan", id: null },
    used: 0,
    remaining: allowed ? null : 0,
    credits: 0,
    overage: 0,
    drawn: null,
    resetsAt: null,
    cap: null,
    wouldPass: allowed ? null : { tier: better?.id ?? null, at: null, quantity: 0 },
  };
}
