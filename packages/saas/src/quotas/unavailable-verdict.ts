/** What is answered while the database is away, for a feature that is admitted then. Pure. */
import type { PlanFeature } from "../plans/feature.ts";
import type { Plans } from "../plans/plans.ts";
import type { Verdict } from "./verdict.ts";

/** Nothing is known of the subject: the tier is empty, and there is no limit. */
export function unavailableVerdict(feature: PlanFeature, plans: Plans): Verdict {
  return {
    id: null,
    allowed: true,
    duplicate: false,
    reason: "unavailable",
    feature: feature.id,
    tier: "",
    planVersion: plans.version,
    limit: null,
    limitFrom: { kind: "plan", id: null },
    used: 0,
    remaining: null,
    credits: 0,
    overage: 0,
    drawn: null,
    resetsAt: null,
    cap: null,
    wouldPass: null,
  };
}
