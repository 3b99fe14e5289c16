/** What makes the rules of a tier sound: how each counted feature is served and priced beyond its limit. */
import { checkCharge } from "./check-charge.ts";
import type { PlanFeature } from "./feature.ts";
import { checkQuantity, invalid } from "./invalid.ts";
import type { FeatureRule, LimitWindow, RuleDefinition } from "./tier.ts";

const defaultThresholds = [80, 100];

/** The rules of a tier for every counted feature, defaults filled in. */
export function checkRules(
  tierId: string,
  rules: Readonly<Record<string, RuleDefinition | undefined>>,
  limits: Readonly<Record<string, number | null>>,
  counted: readonly PlanFeature[],
): Readonly<Record<string, FeatureRule>> {
  for (const id of Object.keys(rules)) {
    if (!counted.some((feature) => feature.id === id)) {
      throw invalid(`The tier "${tierId}" has a rule for "${id}", which is no counted feature.`);
    }
  }
  const checked = counted.map((feature) => {
    const what = `The rule of "${feature.id}" in "${tierId}"`;
    return [feature.id, checkRule(what, rules[feature.id] ?? {}, limits[feature.id] ?? null, feature)] as const;
  });
  return Object.freeze(Object.fromEntries(checked));
}

/** @param limit of the same tier, which a soft limit includes */
export function checkRule(
  what: string,
  { limit: kind = "hard", per = {}, included, charge, thresholds = defaultThresholds }: RuleDefinition,
  limit: number | null,
  feature: PlanFeature,
): FeatureRule {
  if (kind !== "hard" && kind !== "soft") throw invalid(`${what}: a limit is hard or soft.`);
  if (charge?.model === "flat" && included !== undefined) throw invalid(`${what}: a flat charge includes no units.`);
  const byDefault = kind === "soft" && charge?.model !== "flat" ? (limit ?? 0) : 0;
  return Object.freeze({
    limit: kind,
    windows: Object.freeze([...windowOf(what, "hour", per.hour, feature), ...windowOf(what, "day", per.day, feature)]),
    included: checkQuantity(`${what}: what it includes`, included ?? byDefault, feature.decimals),
    charge: charge === undefined ? null : checkCharge(`${what}: its charge`, charge, feature),
    thresholds: checkThresholds(what, thresholds),
  });
}

function windowOf(
  what: string,
  interval: LimitWindow["interval"],
  limit: number | undefined,
  feature: PlanFeature,
): LimitWindow[] {
  if (limit === undefined) return [];
  // A standing count does not start again, so neither does a part of it.
  if (feature.kind !== "metered") throw invalid(`${what}: only a metered feature has a cap for each ${interval}.`);
  checkQuantity(`${what}: its cap for each ${interval}`, limit, feature.decimals);
  return [Object.freeze({ interval, limit })];
}

function checkThresholds(what: string, thresholds: readonly number[]): readonly number[] {
  const rising = thresholds.every((percent, index) => index === 0 || percent > (thresholds[index - 1] ?? 0));
  const percents = thresholds.every((percent) => Number.isInteger(percent) && percent >= 1 && percent <= 1_000);
  if (rising && percents) return Object.freeze([...thresholds]);
  throw invalid(`${what}: thresholds are whole percents from 1 to 1,000, each higher than the one before.`);
}
