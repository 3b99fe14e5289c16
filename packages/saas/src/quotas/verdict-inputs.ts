/** From an allowance to the inputs of a verdict, and back. Pure. */
import { type Decimal, decimal } from "@revops/core";
import type { LiveGrant } from "../credits/grant.ts";
import type { Scope } from "../metering/batch.ts";
import type { PlanFeature } from "../plans/feature.ts";
import type { PlanTier } from "../plans/tier.ts";
import type { Allowance } from "./allowance.ts";
import type { VerdictInputs } from "./reasons.ts";
import { openSpend, type SpendLimits, spendGuard } from "./spend.ts";

/** The allowance that these inputs describe. */
export function allowanceOf(
  inputs: VerdictInputs,
  cost: (plan: PlanTier, feature: PlanFeature, overage: number) => Decimal | null,
): Allowance {
  const { used, credited, limit, free = limit, held = 0, soft, windows, credits, spend, plan, feature } = inputs;
  const capped = spend.units !== null || spend.featureAmount !== null || spend.totalAmount !== null;
  return {
    ...{ used, credited, held, limit, free, soft },
    windows: windows.map(({ endsAt, ...window }) => ({ ...window, endsAt: new Date(endsAt) })),
    sources: credits.map(({ id, remaining, rate }) => ({ grant: keptGrant(id, remaining), rate })),
    spend: capped
      ? spendGuard({
          ...spend,
          cost: (overage) => cost(plan, feature, overage),
          elsewhere: () => decimal(spend.elsewhere),
        })
      : openSpend,
  };
}

/** What a use was judged by. */
export function verdictInputs(
  scope: Scope,
  allowance: Allowance,
  quantity: number,
  at: Date,
  version: string,
): VerdictInputs {
  const { feature, terms, limitFrom, period } = scope;
  const { used, credited, held, limit, free, soft, windows, sources, spend } = allowance;
  return {
    at: at.toISOString(),
    ...{ quantity, feature, limitFrom, used, credited, held, limit, free, soft },
    ...{ tier: terms.tier, plan: terms.plan, planVersion: terms.planVersion, catalog: version },
    period: period && { start: period.start.toISOString(), end: period.end.toISOString() },
    windows: windows.map(({ endsAt, ...window }) => ({ ...window, endsAt: endsAt.toISOString() })),
    credits: sources.map(({ grant: { id, remaining }, rate }) => ({ id, remaining, rate })),
    spend: spendInputs(spend.limits),
  };
}

/** Of a use that the plain limit decided. */
export function plainInputs(scope: Scope, used: number, quantity: number, at: Date, version: string): VerdictInputs {
  const { limit } = scope;
  const plain = {
    used,
    credited: 0,
    held: 0,
    limit,
    free: limit,
    soft: false,
    windows: [],
    sources: [],
    spend: openSpend,
  };
  return verdictInputs(scope, plain, quantity, at, version);
}

/** What of a guard is data. */
function spendInputs(limits: SpendLimits | null): VerdictInputs["spend"] {
  if (limits === null) return { units: null, featureAmount: null, totalAmount: null, elsewhere: "0" };
  const { units, featureAmount, totalAmount, elsewhere } = limits;
  return { units, featureAmount, totalAmount, elsewhere: elsewhere().toString() };
}

/** As far as admission looks at a credit: what is left of it. */
function keptGrant(id: string, remaining: number): LiveGrant {
  const none = new Date(0);
  return {
    ...{ id, remaining, key: Buffer.alloc(0), subjectId: "", account: "", source: "manual", ofPlan: false },
    ...{ amount: remaining, priority: 0, effectiveAt: none, expiresAt: null, rollover: null, entries: 0 },
    ...{ closedAt: null, closedBy: null, isNew: false, touched: false, posted: [] },
  };
}
