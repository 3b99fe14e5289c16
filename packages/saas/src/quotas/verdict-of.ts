/** From the smallest units of the ledger to the answer that a caller reads. Pure. */
import { scaledToNumber } from "@revops/core";
import { refusalOf } from "../metering/admission.ts";
import type { Outcome, Scope } from "../metering/batch.ts";
import { limitOf } from "../metering/scope.ts";
import type { Plans } from "../plans/plans.ts";
import { canUpgrade, type PlanTier } from "../plans/tier.ts";
import type { Verdict, VerdictReason, WouldPass } from "./verdict.ts";

/** The verdict on an outcome. */
export function verdictOf({ result, scope, quantity, used }: Outcome, plans: Plans): Verdict {
  const { feature, terms, limit, period } = scope;
  const unit = (scaled: number) => scaledToNumber(scaled, feature.decimals);
  const allowed = result === "counted" || result === "duplicate";
  return {
    allowed,
    duplicate: result === "duplicate",
    reason: reasonOf(result, limit),
    feature: feature.id,
    tier: terms.tier,
    planVersion: terms.planVersion ?? plans.version,
    limit: limit === null ? null : unit(limit),
    used: unit(used),
    remaining: limit === null ? null : unit(Math.max(limit - used, 0)),
    resetsAt: period?.end ?? null,
    wouldPass: allowed ? null : wouldPass(scope, quantity, used, plans),
  };
}

function reasonOf(result: Outcome["result"], limit: number | null): VerdictReason {
  if (result === "counted") return limit === null ? "unlimited" : "within_limit";
  return result === "usage_out_of_range" ? "quota_exceeded" : result;
}

function wouldPass({ feature, terms, limit, period }: Scope, quantity: number, used: number, plans: Plans): WouldPass {
  // An upgrade starts metered usage at zero; a standing count is carried along.
  const carried = feature.kind === "metered" ? 0 : used;
  const passes = (tier: PlanTier) => refusalOf(carried, quantity, limitOf(tier, feature)) === null;
  const tier = plans.tiers.find((better) => canUpgrade(terms.plan, better) && passes(better));
  const most = Math.min(limit ?? Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER) - used;
  return {
    tier: tier?.id ?? null,
    at: period !== null && passes(terms.plan) ? period.end : null,
    quantity: scaledToNumber(Math.max(most, 0), feature.decimals),
  };
}
