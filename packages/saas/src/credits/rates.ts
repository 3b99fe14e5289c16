/** What features cost in credits, as whole numbers: nothing is ever rounded between a use and its price in credits. */
import { isRevopsError, toScaled } from "@revops/core";
import type { PlanFeature } from "../plans/feature.ts";
import { invalid } from "../plans/invalid.ts";
import type { PlanContent } from "../plans/plans.ts";

/** The pool that a feature draws from, and what its smallest unit costs in the pool's smallest unit. */
interface PoolRate {
  readonly pool: string;
  readonly rate: number;
}

/** By feature. */
export type PoolRates = ReadonlyMap<string, PoolRate>;

/** @throws `invalid_plans` for a rate that a pool's decimals cannot hold */
export function poolRates({ pools, features }: Pick<PlanContent, "pools" | "features">): PoolRates {
  const rates = new Map<string, PoolRate>();
  for (const pool of pools) {
    for (const [featureId, text] of Object.entries(pool.rates)) {
      const feature = features.find(({ id }) => id === featureId);
      if (feature) rates.set(featureId, { pool: pool.id, rate: wholeRate(pool, feature, text) });
    }
  }
  return rates;
}

function wholeRate(pool: { id: string; decimals: number }, feature: PlanFeature, text: string): number {
  const finer = pool.decimals - feature.decimals;
  try {
    const scaled = toScaled(text, Math.max(finer, 0));
    const rate = finer < 0 ? scaled / 10 ** -finer : scaled;
    if (Number.isSafeInteger(rate) && rate > 0) return rate;
  } catch (error) {
    if (!isRevopsError(error)) throw error;
  }
  throw invalid(
    `The rate of "${feature.id}" in the pool "${pool.id}" is not whole in its smallest units: give the pool more decimals.`,
  );
}

/**
 * Makes sure that what can be taken in parts adds up: of a maximum or a latest value, no part is overage, reserved or paid for.
 * @throws `invalid_plans`
 */
export function checkParts({ features, tiers, pools }: PlanContent): void {
  for (const feature of features.filter((candidate) => !addsUp(candidate))) {
    const soft = tiers.some(({ rules }) => rules[feature.id]?.limit === "soft" || rules[feature.id]?.windows.length);
    const drawn = pools.some(({ rates }) => rates[feature.id] !== undefined);
    if (!soft && !drawn) continue;
    throw invalid(
      `"${feature.id}" is no sum and no count, so it has neither a soft limit, nor a cap by the hour or day, nor credits.`,
    );
  }
}

/** Whether use adds up, so that a part of it can be set aside, paid for or billed by itself. */
export function addsUp({ meter }: PlanFeature): boolean {
  return meter === null || adding.has(meter.aggregation);
}

const adding = new Set(["sum", "count", "time_weighted_sum"]);

/** The name under which credits of a pool are kept. */
export function poolAccount(pool: string): string {
  return `pool:${pool}`;
}

/** The name under which credits of one feature are kept. */
export function featureAccount(feature: string): string {
  return `feature:${feature}`;
}
