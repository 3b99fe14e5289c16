/** What a tier says of a feature beyond its limit, in the feature's smallest unit. */
import { toScaled } from "@revops/core";
import type { Scope } from "../metering/batch.ts";
import type { FeatureRule } from "../plans/tier.ts";

export function ruleOf({ terms, feature }: Scope): FeatureRule {
  const rule = terms.plan.rules[feature.id];
  if (!rule) throw new Error("A counted feature has a rule in every tier.");
  return rule;
}

/** Caps inside the period. */
export function windowsOf(scope: Scope): { readonly interval: "hour" | "day"; readonly limit: number }[] {
  return ruleOf(scope).windows.map(({ interval, limit }) => ({
    interval,
    limit: toScaled(limit, scope.feature.decimals),
  }));
}
