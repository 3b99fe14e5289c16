/** What a tier says of a feature beyond its limit, in the feature's smallest unit. */
import { toScaled } from "@revops/core";
import { addsUp } from "../credits/rates.ts";
import type { Scope } from "../metering/batch.ts";
import type { FeatureRule } from "../plans/tier.ts";

export function ruleOf({ terms, feature }: Scope): FeatureRule {
  const rule = terms.plan.rules[feature.id];
  if (!rule) throw new Error("A counted feature has a rule in every tier.");
  return rule;
}

const free = new WeakMap<Scope, number | null>();

/**
 * Up to where use costs nothing: what a charge includes, and at most the limit. From there on credits pay before anything is
 * billed. In the smallest unit; null has no end.
 */
export function freeOf(scope: Scope): number | null {
  const known = free.get(scope);
  if (known !== undefined) return known;
  const found = freeUnits(scope);
  free.set(scope, found);
  return found;
}

function freeUnits(scope: Scope): number | null {
  const { feature, limit } = scope;
  if (!hasUnitPrice(scope)) return limit;
  const included = toScaled(ruleOf(scope).included, feature.decimals);
  return limit === null ? included : Math.min(included, limit);
}

/** Whether each unit beyond what is free is billed, so that credits may pay for it instead. */
export function hasUnitPrice({ terms, feature }: Scope): boolean {
  const model = terms.plan.rules[feature.id]?.charge?.model;
  // A flat amount and seats are charged by time, whatever is used, and of a maximum no part is paid for by itself.
  if (!model || model === "flat" || model === "per_seat") return false;
  return feature.kind === "metered" && addsUp(feature);
}

/** Whether so much is not above a limit; null is none. */
export function isWithin(limit: number | null, used: number): boolean {
  return limit === null || used <= limit;
}

/** Caps inside the period. */
export function windowsOf(scope: Scope): { readonly interval: "hour" | "day"; readonly limit: number }[] {
  return ruleOf(scope).windows.map(({ interval, limit }) => ({
    interval,
    limit: toScaled(limit, scope.feature.decimals),
  }));
}
