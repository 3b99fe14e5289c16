/** The use of each counted feature, with what credits, reservations and overage have a part in it. */
import { scaledToNumber } from "@revops/core";
import type { Handle } from "@revops/database";
import { presentOf, type Terms, termsAt } from "../entitlements/terms.ts";
import type { Scope } from "../metering/batch.ts";
import { scopeNow } from "../metering/scope.ts";
import type { PlanFeature } from "../plans/feature.ts";
import { reasonsOf } from "../quotas/judge.ts";
import { type QuotaStateOptions, readQuotaState } from "../quotas/quota-state.ts";
import type { Reasons } from "../quotas/reasons.ts";
import { effectiveLimit } from "../quotas/verdict-of.ts";
import { standingOf } from "./limits.ts";
import type { FeatureUsage } from "./report.ts";

/** What the subject of these terms uses of each counted feature in its present period. */
export async function featuresOf(
  handle: Handle,
  terms: Terms,
  now: Date,
  options: QuotaStateOptions,
): Promise<FeatureUsage[]> {
  const { plans, ledger, reservations } = options;
  const scopes = plans.features.filter(isCounted).map((feature) => scopeNow(terms, feature, now));
  if (scopes.length === 0) return [];
  const keys = scopes.map(({ counterKey }) => counterKey);
  const used = await ledger.usedOf(handle, keys);
  const usedOf = ({ counterKey }: Scope) => used.get(counterKey.toString("hex")) ?? 0;
  if (!(await hasExtras(handle, termsAt(terms, presentOf(terms, now)), options))) {
    return scopes.map((scope) => featureUsage(scope, { used: usedOf(scope), held: 0 }));
  }
  const questions = scopes.map((scope) => ({ scope, used: usedOf(scope), times: [], gives: false }));
  const state = await readQuotaState(handle, questions, now, options);
  const held = await reservations.heldOf(handle, keys, now);
  return scopes.map((scope) => {
    const { question, allowance } = state.of(scope);
    const { live } = held.get(scope.counterKey.toString("hex")) ?? { live: 0 };
    return featureUsage(scope, {
      used: question.used,
      held: live,
      reasons: reasonsOf(allowance(now), null),
    });
  });
}

/** Whether anything but plain limits may have a part in what the subject has. */
async function hasExtras(handle: Handle, { subjectId, plan }: Terms, { store }: QuotaStateOptions): Promise<boolean> {
  if (Object.keys(plan.credits).length > 0) return true;
  if (Object.values(plan.rules).some(({ limit }) => limit === "soft")) return true;
  return (await store.withExtras(handle, [subjectId])).size > 0;
}

type CountedFeature = PlanFeature & { readonly kind: "metered" | "allocated" };

function isCounted(feature: PlanFeature): feature is CountedFeature {
  return feature.kind === "metered" || feature.kind === "allocated";
}

interface Used {
  readonly used: number;
  readonly held: number;
  readonly reasons?: Reasons;
}

function featureUsage({ feature, limit: included, period, terms }: Scope, { used, held, reasons }: Used): FeatureUsage {
  const limit = effectiveLimit(included, reasons);
  const [lowest = Number.POSITIVE_INFINITY] = terms.plan.rules[feature.id]?.thresholds ?? [];
  const { remaining, percent, nearLimit } = standingOf(used, limit, Math.min(lowest, mostPercent));
  const unit = (scaled: number) => scaledToNumber(scaled, feature.decimals);
  return {
    feature: feature.id,
    kind: period === null ? "allocated" : "metered",
    used: unit(used),
    limit: limit === null ? null : unit(limit),
    remaining: remaining === null ? null : unit(remaining),
    percent,
    nearLimit,
    resetsAt: period?.end ?? null,
    included: included === null ? null : unit(included),
    credits: unit(reasons?.creditsLeft ?? 0),
    overage: unit(reasons?.overage ?? 0),
    held: unit(held),
  };
}

/** A feature that announces nothing is near its limit when it is reached. */
const mostPercent = 100;
