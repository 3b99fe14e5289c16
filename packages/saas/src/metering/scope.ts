/** Which balance an event belongs to, and under which limit. */
import { toScaled } from "@revops/core";
import { earlier, later, presentOf, type Terms, termsAt, usagePeriod } from "../entitlements/terms.ts";
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

/**
 * The scope of a usage period that may be over, by the last terms in force in it: those of now, or of its last instant, by
 * which it is billed.
 * @param history all terms, oldest first
 */
function scopeOfPeriod(
  history: readonly Terms[],
  feature: PlanFeature,
  periodStart: Date,
  now: Date,
): Scope | undefined {
  for (const [index, terms] of [...history.entries()].reverse()) {
    const until = history[index + 1]?.since ?? null;
    const first = later(periodStart, terms.since);
    if (until !== null && first >= until) continue;
    const scope = scopeAt(terms, feature, first);
    if (scope.period?.start.getTime() !== periodStart.getTime()) continue;
    const end = until === null ? scope.period.end : earlier(scope.period.end, until);
    const last = scopeAt(terms, feature, later(first, earlier(new Date(end.getTime() - 1), now)));
    return last.counterKey.equals(scope.counterKey) ? last : scope;
  }
  return undefined;
}

/**
 * The scope of a balance that something was counted to before: of its own period, by the last terms in force in it. By these
 * comes back what comes back, whoever asks for it and however many changes of the plan came in between.
 * @param history all terms, oldest first, at least one
 * @param periodStart of a standing count anything
 */
export function scopeOfBalance(
  history: readonly Terms[],
  feature: PlanFeature,
  { counterKey, periodStart }: { readonly counterKey: Buffer; readonly periodStart: Date },
  now: Date,
): Scope {
  const [first, present] = [history[0], history.at(-1)];
  if (!first || !present) throw new Error("A balance's subject has terms.");
  if (feature.kind !== "metered") return { ...scopeNow(present, feature, now), counterKey };
  const scope = scopeOfPeriod(history, feature, periodStart, now) ?? scopeAt(first, feature, periodStart);
  return { ...scope, period: scope.period && { ...scope.period, start: periodStart }, counterKey };
}

/** What stands in the balance's row as its period's start. */
export function periodStartOf(period: Scope["period"]): Date {
  return period?.start ?? standing;
}
