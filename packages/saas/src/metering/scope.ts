/** Which balance an event belongs to, and under which limit. */
import { toScaled } from "@revops/core";
import { presentOf, type Terms, termsAt, usagePeriod } from "../entitlements/terms.ts";
import type { PlanFeature } from "../plans/feature.ts";
import type { PlanTier } from "../plans/tier.ts";
import type { Scope } from "./batch.ts";
import { counterKey } from "./keys.ts";

/** The "period start" of standing counts, which have none. */
const standing = new Date(0);

/** A tier's limit in the feature's smallest unit; null is unlimited. */
export function limitOf(plan: PlanTier, feature: PlanFeature): number | null {
  const limit = plan.limits[feature.id] ?? null;
  return limit === null ? null : toScaled(limit, feature.decimals);
}

/** The scope of a use at an instant, by the terms in force then. */
export function scopeAt(given: Terms, feature: PlanFeature, at: Date): Scope {
  const terms = termsAt(given, at);
  const { subjectId, plan, tier, limitSources } = terms;
  const period = feature.kind === "metered" ? usagePeriod(terms, at) : null;
  return {
    subjectId,
    feature,
    terms,
    period,
    limit: limitOf(plan, feature),
    limitFrom: limitSources[feature.id] ?? { kind: "plan", id: tier },
    counterKey: counterKey(subjectId, feature.id, periodStartOf(period)),
  };
}

/** The scope of a use that happens now. */
export function scopeNow(terms: Terms, feature: PlanFeature, now: Date): Scope {
  return scopeAt(terms, feature, presentOf(terms, now));
}

/** What stands in the balance's row as its period's start. */
export function periodStartOf(period: Scope["period"]): Date {
  return period?.start ?? standing;
}
