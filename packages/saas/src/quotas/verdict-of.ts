/** From the smallest units of the ledger to the answer that a caller reads. Pure. */
import { scaledToNumber, toScaled } from "@revops/core";
import type { Terms } from "../entitlements/terms.ts";
import { refusalOf } from "../metering/admission.ts";
import type { Outcome, Scope } from "../metering/batch.ts";
import { limitOf } from "../metering/scope.ts";
import type { Plans } from "../plans/plans.ts";
import { canUpgrade, type PlanTier } from "../plans/tier.ts";
import type { Reasons } from "./reasons.ts";
import type { Verdict, VerdictCap, VerdictDrawn, VerdictReason, WouldPass } from "./verdict.ts";

/** What of a scope a verdict tells. */
interface VerdictScope extends Pick<Scope, "feature" | "limit" | "limitFrom" | "period"> {
  readonly terms: Pick<Terms, "tier" | "plan" | "planVersion">;
}

/** What became of a use, or would. */
export interface Judged extends Pick<Outcome, "result" | "quantity" | "used" | "reasons"> {
  readonly scope: VerdictScope;
}

/** The verdict on a use. */
export function verdictOf(outcome: Judged, plans: Plans): Verdict {
  const { result, scope, used, reasons } = outcome;
  const { feature, terms, period } = scope;
  const unit = (scaled: number) => scaledToNumber(scaled, feature.decimals);
  const limit = effectiveLimit(scope.limit, reasons);
  const allowed = result === "counted" || result === "duplicate";
  return {
    id: null,
    allowed,
    duplicate: result === "duplicate",
    reason: reasonOf(outcome),
    feature: feature.id,
    tier: terms.tier,
    planVersion: terms.planVersion ?? plans.version,
    limit: limit === null ? null : unit(limit),
    limitFrom: scope.limitFrom,
    used: unit(used),
    remaining: limit === null ? null : unit(Math.max(limit - used, 0)),
    credits: unit(reasons?.creditsLeft ?? 0),
    overage: unit(reasons?.overage ?? 0),
    drawn: drawnOf(outcome, unit),
    resetsAt: period?.end ?? null,
    cap: capOf(reasons?.cap ?? null, unit),
    wouldPass: allowed ? null : wouldPass(outcome, plans),
  };
}

/** What may be used without overage: what is included, what credits paid for, and what they still pay for. */
export function effectiveLimit(included: number | null, reasons: Reasons | undefined): number | null {
  if (included === null || !reasons) return included;
  return Math.min(included + reasons.credited + reasons.creditsLeft, Number.MAX_SAFE_INTEGER);
}

function reasonOf({ result, scope, reasons }: Judged): VerdictReason {
  if (result === "counted") {
    if (reasons?.drawn && reasons.drawn.overage > 0) return "overage";
    if (reasons?.drawn && reasons.drawn.credits > 0) return "credits";
    return scope.limit === null ? "unlimited" : "within_limit";
  }
  if (result === "quota_exceeded" && reasons?.cap) {
    return reasons.cap.kind === "spend" ? "spend_cap_reached" : "window_exceeded";
  }
  return result === "usage_out_of_range" ? "quota_exceeded" : result;
}

function drawnOf({ result, quantity, reasons }: Judged, unit: (scaled: number) => number): VerdictDrawn | null {
  if (result !== "counted") return null;
  const { included, credits, overage } = reasons?.drawn ?? { included: quantity, credits: 0, overage: 0 };
  return { included: unit(included), credits: unit(credits), overage: unit(overage) };
}

function capOf(cap: Reasons["cap"], unit: (scaled: number) => number): VerdictCap | null {
  if (cap === null) return null;
  if (cap.kind === "spend") return { kind: "spend", of: cap.cap };
  return { kind: cap.kind, limit: unit(cap.limit), used: unit(cap.used), resetsAt: cap.endsAt };
}

function wouldPass({ scope, quantity, used, reasons }: Judged, plans: Plans): WouldPass {
  const { feature, terms, limit, period } = scope;
  // An upgrade starts metered usage at zero; a standing count is carried along.
  const carried = feature.kind === "metered" ? 0 : used;
  const passes = (tier: PlanTier) => fitsTier(scope, tier, carried, quantity);
  const tier = plans.tiers.find((better) => canUpgrade(terms.plan, better) && passes(better));
  const most = reasons?.most ?? Math.min(limit ?? Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER) - used;
  const window = reasons?.cap && reasons.cap.kind !== "spend" ? reasons.cap : null;
  const resets = period !== null && passes(terms.plan) ? period.end : null;
  return {
    tier: tier?.id ?? null,
    at: window && quantity <= window.limit ? window.endsAt : resets,
    quantity: scaledToNumber(Math.max(most, 0), feature.decimals),
  };
}

/** Whether a tier's limit and its caps inside the period would let this much through. */
function fitsTier({ feature }: VerdictScope, tier: PlanTier, used: number, quantity: number): boolean {
  const rule = tier.rules[feature.id];
  const within = rule?.windows.every((window) => quantity <= toScaled(window.limit, feature.decimals)) ?? true;
  return within && refusalOf(used, quantity, rule?.limit === "soft" ? null : limitOf(tier, feature)) === null;
}
