/** Says that a limit is near, or reached: once for each period, in the transaction that crosses the threshold. */
import type { FactEmitter } from "@revops/core";
import { scaledToNumber } from "@revops/core";
import type { Tx } from "@revops/database";
import { presentOf, usagePeriod } from "../entitlements/terms.ts";
import type { SaasFacts } from "../facts.ts";
import type { Balance, Scope } from "../metering/batch.ts";
import type { QuietRange } from "../metering/rules.ts";
import { saasTables } from "../schema.ts";

export interface AlertsOptions {
  readonly facts?: FactEmitter<SaasFacts, Tx> | undefined;
}

/** A threshold in the feature's smallest unit. */
interface Mark {
  readonly threshold: number;
  readonly at: number;
}

/** The marks of a scope are worked out once: a batch compares two numbers for each. */
const marksOfScope = new WeakMap<Scope, readonly Mark[]>();

/** Announces the thresholds that were crossed upwards by what a batch counted. */
export async function announce(tx: Tx, balances: readonly Balance[], at: Date, options: AlertsOptions): Promise<void> {
  for (const balance of balances) {
    if (balance.used <= balance.before) continue;
    for (const { threshold, at: mark } of marksOf(balance.scope)) {
      if (balance.before < mark && mark <= balance.used) await announceOne(tx, balance, threshold, at, options);
    }
  }
}

/** Between which marks a balance is: as long as it stays there, nothing is to be announced. */
export function betweenMarks(scope: Scope, used: number): QuietRange {
  let from = 0;
  let below = Number.POSITIVE_INFINITY;
  for (const { at } of marksOf(scope)) {
    if (at <= used) from = Math.max(from, at);
    else below = Math.min(below, at);
  }
  return { from, below };
}

async function announceOne(tx: Tx, { scope, used }: Balance, threshold: number, at: Date, { facts }: AlertsOptions) {
  const { alerts } = saasTables(tx.dialect);
  const { subjectId, feature, terms, counterKey } = scope;
  const limit = scope.limit ?? 0;
  const period = scope.period ?? usagePeriod(terms, presentOf(terms, at));
  const told = await tx.db
    .insert(alerts)
    .values({ counterKey, periodStart: period.start, limit, threshold, used, at })
    .onConflictDoNothing()
    .returning({ threshold: alerts.threshold });
  if (told.length === 0) return;
  await facts?.emit(tx, threshold >= 100 ? "quota.reached" : "quota.near_limit", {
    subjectId,
    feature: feature.id,
    tier: terms.tier,
    threshold,
    limit: scaledToNumber(limit, feature.decimals),
    used: scaledToNumber(used, feature.decimals),
    resetsAt: scope.period?.end ?? null,
    at,
  });
}

function marksOf(scope: Scope): readonly Mark[] {
  const known = marksOfScope.get(scope);
  if (known) return known;
  const { limit, terms, feature } = scope;
  const thresholds = terms.plan.rules[feature.id]?.thresholds ?? [];
  // Nothing comes near to unlimited, nor to nothing.
  const marks =
    limit === null || limit === 0 ? [] : thresholds.map((threshold) => ({ threshold, at: markOf(limit, threshold) }));
  marksOfScope.set(scope, marks);
  return marks;
}

/** The first whole quantity that is this much of the limit; in big integers, since the product may leave the exact numbers. */
function markOf(limit: number, percent: number): number {
  return Number((BigInt(limit) * BigInt(percent) + 99n) / 100n);
}
