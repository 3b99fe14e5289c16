/** Which balance an event belongs to, and under which limit. */
import { toScaled } from "@revops/core";
import { presentOf, type Terms, usagePeriod } from "../entitlements/terms.ts";
import type { PlanFeature } from "../plans/feature.ts";
import type { Plans } from "../plans/plans.ts";
import type { Scope } from "./batch.ts";
import { counterKey } from "./keys.ts";

/** The "period start" of standing counts, which have none. */
const standing = new Date(0);

/** A tier's limit in the feature's smallest unit; null is unlimited. */
export function limitOf(plans: Plans, tier: string, feature: PlanFeature): number | null {
  const limit = plans.tier(tier).limits[feature.id] ?? null;
  return limit === null ? null : toScaled(limit, feature.decimals);
}

/** The scope of a use at an instant, by the terms in force then. */
export function scopeAt(plans: Plans, terms: Terms, feature: PlanFeature, at: Date): Scope {
  const { subjectId } = terms;
  const period = feature.kind === "metered" ? usagePeriod(terms, at) : null;
  return {
    subjectId,
    feature,
    terms,
    period,
    limit: limitOf(plans, terms.tier, feature),
    counterKey: counterKey(subjectId, feature.id, periodStartOf(period)),
  };
}

/** The scope of a use that happens now. */
export function scopeNow(plans: Plans, terms: Terms, feature: PlanFeature, now: Date): Scope {
  return scopeAt(plans, terms, feature, presentOf(terms, now));
}

/** What stands in the balance's row as its period's start. */
export function periodStartOf(period: Scope["period"]): Date {
  return period?.start ?? standing;
}
