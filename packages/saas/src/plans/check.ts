/** What makes a catalog sound. Checked when it is declared, so that a slip stops the start and not a customer. */
import { money } from "@revops/core";
import { checkAllowances } from "./check-extras.ts";
import { checkRules } from "./check-rules.ts";
import type { CreditPool } from "./extras.ts";
import type { Aggregation, FeatureDefinition, Meter, MeterDefinition, PlanFeature, StaticValue } from "./feature.ts";
import {
  checkAmount,
  checkCurrency,
  checkDays,
  checkId,
  checkName,
  checkQuantity,
  invalid,
  unless,
} from "./invalid.ts";
import type { CreditAllowanceDefinition, PlanTier, RuleDefinition } from "./tier.ts";

/** The form of a definition once its types are inferred away. */
export interface AnyTier {
  readonly level: number;
  readonly name: string;
  readonly price: PlanTier["price"];
  readonly interval: PlanTier["interval"];
  readonly limits: Readonly<Record<string, number | null>>;
  readonly flags: Readonly<Record<string, boolean>>;
  readonly values: Readonly<Record<string, StaticValue>>;
  readonly rules?: Readonly<Record<string, RuleDefinition | undefined>> | undefined;
  readonly currency?: string | undefined;
  readonly minimumSpend?: number | undefined;
  readonly spendCap?: number | undefined;
  readonly credits?: Readonly<Record<string, CreditAllowanceDefinition | undefined>> | undefined;
  readonly trialDays?: number | undefined;
  readonly graceDays?: number | undefined;
}

const aggregations: Readonly<Record<"metered" | "allocated", readonly Aggregation[]>> = {
  metered: ["count", "sum", "max", "unique", "latest"],
  allocated: ["sum", "time_weighted_sum"],
};

export function checkFeature(id: string, definition: FeatureDefinition): PlanFeature {
  checkId("feature", id);
  const decimals = "decimals" in definition ? (definition.decimals ?? 0) : 0;
  if (!Number.isInteger(decimals) || decimals < 0 || decimals > 9) {
    throw invalid(`The decimals of "${id}" must be a whole number from 0 to 9.`);
  }
  const outage = "outage" in definition ? (definition.outage ?? "refuse") : "refuse";
  if (outage !== "refuse" && outage !== "allow") throw invalid(`The outage policy of "${id}" is refuse or allow.`);
  const counted = definition.kind === "metered" || definition.kind === "allocated";
  const meter = counted ? checkMeter(id, definition.kind, definition.meter ?? {}) : null;
  return Object.freeze({ id, kind: definition.kind, name: definition.name ?? id, decimals, meter, outage });
}

function checkMeter(
  id: string,
  kind: "metered" | "allocated",
  { aggregation = "sum", property, dimensions = [], filters = {} }: MeterDefinition,
): Meter {
  const known = aggregations[kind];
  if (!known.includes(aggregation))
    throw invalid(`The aggregation of "${id}", ${kind}, is one of ${known.join(", ")}.`);
  if ((aggregation === "unique") !== (property !== undefined)) {
    throw invalid(`"${id}": a unique meter names the property that it tells apart, and no other meter does.`);
  }
  if (new Set(dimensions).size !== dimensions.length) throw invalid(`"${id}" names a dimension twice.`);
  const values = Object.entries(filters).map(([name, allowed]) => {
    if (!Array.isArray(allowed) || allowed.length === 0)
      throw invalid(`"${id}": the filter "${name}" lets nothing by.`);
    return [name, Object.freeze([...allowed])] as const;
  });
  return Object.freeze({
    aggregation,
    property: property ?? null,
    dimensions: Object.freeze([...dimensions]),
    filters: Object.freeze(Object.fromEntries(values)),
  });
}

/** Checks and freezes the tiers, lowest level first. */
export function checkTiers(
  tiers: Readonly<Record<string, AnyTier>>,
  features: readonly PlanFeature[],
  pools: readonly CreditPool[],
): readonly PlanTier[] {
  const priced = Object.values(tiers).find(({ price }) => price !== null);
  const fallback = priced?.price?.currency ?? "usd";
  const checked = Object.entries(tiers).map(([id, tier]) => checkTier(id, tier, features, pools, fallback));
  checked.sort((a, b) => a.level - b.level);
  for (const [index, tier] of checked.entries()) {
    if (checked[index - 1]?.level === tier.level) throw invalid(`Two tiers have the level ${tier.level}.`);
    checkCurrency(`The tier "${tier.id}"`, tier.currency, checked[0]?.currency);
  }
  return Object.freeze(checked);
}

/**
 * One tier, of a catalog or of a single customer.
 * @param fallbackCurrency of a tier that says none
 * @throws `invalid_plans`
 */
export function checkTier(
  id: string,
  tier: AnyTier,
  features: readonly PlanFeature[],
  pools: readonly CreditPool[],
  fallbackCurrency: string,
): PlanTier {
  checkId("tier", id);
  if (!Number.isSafeInteger(tier.level)) throw invalid(`The level of "${id}" must be a whole number.`);
  if (tier.interval !== "month" && tier.interval !== "year") throw invalid(`The interval of "${id}" is month or year.`);
  const counted = features.filter((feature) => feature.kind === "metered" || feature.kind === "allocated");
  for (const feature of counted) checkLimit(id, tier.limits[feature.id], feature);
  const price = tier.price === null ? null : Object.freeze(checkTierPrice(id, tier.price));
  const limits = pick(id, tier.limits, counted);
  const currency = tier.currency ?? price?.currency ?? fallbackCurrency;
  unless(`The currency of "${id}"`, () => money(0, currency));
  if (price !== null && price.currency !== currency) throw invalid(`"${id}" has a price in another currency.`);
  return Object.freeze({
    id,
    level: tier.level,
    name: checkName(`The tier "${id}"`, tier.name),
    price,
    interval: tier.interval,
    limits,
    flags: pick(id, tier.flags, ofKind(features, "flag")),
    values: pick(id, tier.values, ofKind(features, "static")),
    rules: checkRules(id, tier.rules ?? {}, limits, counted),
    currency,
    minimumSpend: checkAmount(`The minimum spend of "${id}"`, tier.minimumSpend ?? 0),
    spendCap: tier.spendCap === undefined ? null : checkAmount(`The spend cap of "${id}"`, tier.spendCap),
    credits: checkAllowances(id, tier.credits ?? {}, pools),
    trialDays: checkDays(`The trial of "${id}"`, tier.trialDays ?? 0),
    graceDays: tier.graceDays === undefined ? null : checkDays(`The grace of "${id}"`, tier.graceDays),
  });
}

function checkTierPrice(id: string, price: NonNullable<PlanTier["price"]>) {
  if (price.amount < 0) throw invalid(`The price of "${id}" is negative.`);
  return unless(`The price of "${id}"`, () => money(price.amount, price.currency));
}

function checkLimit(tierId: string, limit: number | null | undefined, feature: PlanFeature): void {
  const what = `The limit of "${feature.id}" in "${tierId}"`;
  if (limit === null) return;
  if (limit === undefined) throw invalid(`${what} must be null (unlimited) or not negative.`);
  checkQuantity(what, limit, feature.decimals);
}

/** Exactly the named features: one too many is a misspelling that came past the compiler (JSON, `any`). */
function pick<Value>(tierId: string, given: Readonly<Record<string, Value>>, features: readonly PlanFeature[]) {
  const picked: Record<string, Value> = {};
  for (const { id } of features) {
    const value = given[id];
    if (value === undefined) throw invalid(`The tier "${tierId}" says nothing about "${id}".`);
    picked[id] = value;
  }
  for (const id of Object.keys(given)) {
    if (!(id in picked)) throw invalid(`The tier "${tierId}" names "${id}", which is no feature of that kind.`);
  }
  return Object.freeze(picked);
}

function ofKind(features: readonly PlanFeature[], kind: PlanFeature["kind"]): PlanFeature[] {
  return features.filter((feature) => feature.kind === kind);
}
