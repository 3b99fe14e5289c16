/** What features cost in credits, as whole numbers: nothing is ever rounded between a use and its price in credits. */
import { isRevopsError, toScaled } from "@revops/core";
import type { PlanFeature } from "../plans/feature.ts";
import { invalid } from "../plans/invalid.ts";
import type { PlanContent } from "../plans/plans.ts";

/** The pool that a feature draws from, and what its smallest unit costs in the pool's smallest unit. */
export interface PoolRate {
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

/** The name under which credits of a pool are kept. */
export function poolAccount(pool: string): string {
  return `pool:${pool}`;
}

/** The name under which credits of one feature are kept. */
export function featureAccount(feature: string): string {
  return `feature:${feature}`;
}
