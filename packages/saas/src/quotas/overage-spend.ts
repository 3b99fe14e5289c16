/** What overage costs, and the caps on it: of a feature, and of all features of a subject together. */
import { type Decimal, decimal, fromScaled } from "@revops/core";
import type { Handle } from "@revops/database";
import { presentOf, usagePeriod } from "../entitlements/terms.ts";
import type { LedgerStore } from "../ledger/store.ts";
import type { Scope } from "../metering/batch.ts";
import { scopeNow } from "../metering/scope.ts";
import type { Plans } from "../plans/plans.ts";
import type { PlanTier } from "../plans/tier.ts";
import { overageOf } from "./allowance.ts";
import type { FeatureState, SubjectState } from "./feature-state.ts";
import { openSpend, type SpendGuard, spendGuard } from "./spend.ts";
import type { QuotaStore, SpendCapRow } from "./store.ts";

/** What overage of a feature costs in a tier, in minor units, unrounded and monotone; null where it costs nothing. */
type OverageCost = (plan: PlanTier, feature: string, overage: Decimal) => Decimal | null;

export interface OverageSpendOptions {
  readonly plans: Plans;
  readonly overageCost: OverageCost;
  readonly ledger: LedgerStore;
  readonly store: QuotaStore;
}

export interface OverageSpend {
  /** The guard of a balance, among all that were asked about. */
  guardOf(scope: Scope, subject: SubjectState, features: readonly FeatureState[]): SpendGuard;
}

/** @param asked the balances that were asked about; what others cost is read now */
export async function loadOverageSpend(
  handle: Handle,
  asked: readonly Scope[],
  subjects: ReadonlyMap<string, SubjectState>,
  now: Date,
  { plans, overageCost, ledger, store }: OverageSpendOptions,
): Promise<OverageSpend> {
  const elsewhere = new Map<string, Decimal>();
  const askedKeys = new Set(asked.map(({ counterKey }) => counterKey.toString("hex")));
  for (const [subjectId, { terms, caps }] of subjects) {
    if (totalCap(terms.plan, caps) === null) continue;
    const scopes = plans.features
      // A hard limit may have been passed too: by a correction, a commit, or use that was admitted in an outage.
      .filter(({ id }) => terms.plan.rules[id]?.charge != null)
      .map((feature) => scopeNow(terms, feature, now))
      .filter(({ counterKey }) => !askedKeys.has(counterKey.toString("hex")));
    elsewhere.set(subjectId, await costOfAll(scopes));
  }

  async function costOfAll(scopes: readonly Scope[]): Promise<Decimal> {
    const keys = scopes.map(({ counterKey }) => counterKey);
    const used = await ledger.usedOf(handle, keys);
    const credited = await store.tallied(handle, "credited", keys);
    return scopes.reduce((sum, scope) => {
      const key = scope.counterKey.toString("hex");
      const standing = { used: used.get(key) ?? 0, credited: credited.get(key) ?? 0, limit: scope.limit };
      return sum.plus(costOf(scope, overageOf(standing)) ?? decimal(0));
    }, decimal(0));
  }

  function costOf({ terms, feature }: Scope, overage: number): Decimal | null {
    return overageCost(terms.plan, feature.id, decimal(fromScaled(overage, feature.decimals)));
  }

  return {
    guardOf(scope, { caps, terms }, features) {
      const own = caps.find(({ feature }) => feature === scope.feature.id);
      const present = usagePeriod(terms, presentOf(terms, now));
      const ofPresent = ({ period }: Scope) => period === null || period.start.getTime() === present.start.getTime();
      const total = totalCap(scope.terms.plan, caps);
      if (own === undefined && total === null) return openSpend;
      return spendGuard({
        units: own?.units ?? null,
        featureAmount: own?.amount ?? null,
        totalAmount: total,
        cost: (overage) => costOf(scope, overage),
        elsewhere() {
          if (!ofPresent(scope)) return decimal(0);
          let sum = elsewhere.get(scope.subjectId) ?? decimal(0);
          for (const { question: other, credited } of features) {
            if (other.scope.subjectId !== scope.subjectId || other.scope === scope || !ofPresent(other.scope)) continue;
            const overage = overageOf({ used: other.used, credited: credited.amount, limit: other.scope.limit });
            sum = sum.plus(costOf(other.scope, overage) ?? decimal(0));
          }
          return sum;
        },
      });
    },
  };
}

/** The subject's own cap on all overage together, else its tier's; null is none. */
function totalCap({ spendCap }: PlanTier, caps: readonly SpendCapRow[]): number | null {
  const own = caps.find(({ feature }) => feature === "");
  return own ? own.amount : spendCap;
}
