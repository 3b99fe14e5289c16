/** What a customer has used of what they have. */
import { type Clock, daysRemaining, scaledToNumber } from "@revops/core";
import type { Database, Handle, Tx } from "@revops/database";
import type { EntitlementStore } from "../entitlements/store.ts";
import { presentOf, type Terms, termsAt, usagePeriod } from "../entitlements/terms.ts";
import { saasErrors } from "../errors.ts";
import type { LedgerStore } from "../ledger/store.ts";
import type { Scope } from "../metering/batch.ts";
import { scopeNow } from "../metering/scope.ts";
import type { PlanFeature } from "../plans/feature.ts";
import type { Plans } from "../plans/plans.ts";
import { standingOf } from "./limits.ts";
import type { FeatureUsage, UsageReport } from "./report.ts";

export interface Usage {
  /**
   * The use of every counted feature in the present period.
   * @throws `subject_not_found`
   * @example (await usage.report(subjectId)).features.find((use) => use.nearLimit)
   */
  report(subjectId: string, tx?: Tx): Promise<UsageReport>;
}

export interface UsageOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly plans: Plans;
  readonly entitlements: EntitlementStore;
  readonly ledger: LedgerStore;
}

export function createUsage({ database, clock, plans, entitlements, ledger }: UsageOptions): Usage {
  async function featuresOf(handle: Handle, terms: Terms, now: Date): Promise<FeatureUsage[]> {
    const scopes = plans.features.filter(isCounted).map((feature) => scopeNow(terms, feature, now));
    if (scopes.length === 0) return [];
    const used = await ledger.usedOf(
      handle,
      scopes.map(({ counterKey }) => counterKey),
    );
    return scopes.map((scope) => featureUsage(scope, used.get(scope.counterKey.toString("hex")) ?? 0));
  }

  return {
    async report(subjectId, tx) {
      const handle = tx ?? database;
      const terms = await entitlements.find(handle, subjectId);
      if (!terms) throw saasErrors.subject_not_found({ detail: "The subject was never given an entitlement." });
      const now = presentOf(terms, clock.now());
      const { start, end } = usagePeriod(terms, now);
      return {
        tier: termsAt(terms, now).tier,
        cycle: { start, end, daysRemaining: daysRemaining({ start, end }, now) },
        features: await featuresOf(handle, terms, now),
      };
    },
  };
}

type CountedFeature = PlanFeature & { readonly kind: "metered" | "allocated" };

function isCounted(feature: PlanFeature): feature is CountedFeature {
  return feature.kind === "metered" || feature.kind === "allocated";
}

function featureUsage({ feature, limit, period }: Scope, used: number): FeatureUsage {
  const { remaining, percent, nearLimit } = standingOf(used, limit);
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
  };
}
