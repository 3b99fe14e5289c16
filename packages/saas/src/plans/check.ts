/** What makes a catalog sound. Checked when it is declared, so that a slip stops the start and not a customer. */
import { isRevopsError, money, type RevopsError, toScaled } from "@revops/core";
import { saasErrors } from "../errors.ts";
import type { FeatureDefinition, PlanFeature, StaticValue } from "./feature.ts";
import type { PlanTier } from "./tier.ts";

/** The form of a definition once its types are inferred away. */
interface AnyTier {
  readonly level: number;
  readonly name: string;
  readonly price: PlanTier["price"];
  readonly interval: PlanTier["interval"];
  readonly limits: Readonly<Record<string, number | null>>;
  readonly flags: Readonly<Record<string, boolean>>;
  readonly values: Readonly<Record<string, StaticValue>>;
}

// Ids stand in URLs, JSON, lookup keys at Stripe and rows.
const idPattern = /^[a-z][a-z0-9_]{0,63}$/;

export function checkFeature(id: string, definition: FeatureDefinition): PlanFeature {
  if (!idPattern.test(id)) throw invalid(`The feature id "${id}" is not of the form a-z, 0-9 and _.`);
  const decimals = "decimals" in definition ? (definition.decimals ?? 0) : 0;
  if (!Number.isInteger(decimals) || decimals < 0 || decimals > 9) {
    throw invalid(`The decimals of "${id}" must be a whole number from 0 to 9.`);
  }
  return Object.freeze({ id, kind: definition.kind, name: definition.name ?? id, decimals });
}

/** Checks and freezes the tiers, lowest level first. */
export function checkTiers(tiers: Readonly<Record<string, AnyTier>>, features: readonly PlanFeature[]) {
  const checked = Object.entries(tiers).map(([id, tier]) => checkTier(id, tier, features));
  checked.sort((a, b) => a.level - b.level);
  for (const [index, tier] of checked.entries()) {
    if (checked[index - 1]?.level === tier.level) throw invalid(`Two tiers have the level ${tier.level}.`);
  }
  return Object.freeze(checked);
}

function checkTier(id: string, tier: AnyTier, features: readonly PlanFeature[]): PlanTier {
  if (!idPattern.test(id)) throw invalid(`The tier id "${id}" is not of the form a-z, 0-9 and _.`);
  if (!Number.isSafeInteger(tier.level)) throw invalid(`The level of "${id}" must be a whole number.`);
  if (tier.interval !== "month" && tier.interval !== "year") throw invalid(`The interval of "${id}" is month or year.`);
  const counted = features.filter((feature) => feature.kind === "metered" || feature.kind === "allocated");
  for (const feature of counted) checkLimit(id, tier.limits[feature.id], feature);
  return Object.freeze({
    id,
    level: tier.level,
    name: tier.name,
    price: tier.price === null ? null : Object.freeze(checkPrice(id, tier.price)),
    interval: tier.interval,
    limits: pick(id, tier.limits, counted),
    flags: pick(id, tier.flags, ofKind(features, "flag")),
    values: pick(id, tier.values, ofKind(features, "static")),
  });
}

function checkPrice(id: string, price: NonNullable<PlanTier["price"]>) {
  if (price.amount < 0) throw invalid(`The price of "${id}" is negative.`);
  return unless(`The price of "${id}"`, () => money(price.amount, price.currency));
}

function checkLimit(tierId: string, limit: number | null | undefined, feature: PlanFeature): void {
  const what = `The limit of "${feature.id}" in "${tierId}"`;
  if (limit === null) return;
  if (limit === undefined || limit < 0) throw invalid(`${what} must be null (unlimited) or not negative.`);
  unless(what, () => toScaled(limit, feature.decimals));
}

function unless<T>(what: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    const reason = isRevopsError(error) ? error.message : String(error);
    throw saasErrors.invalid_plans({ detail: `${what}: ${reason}`, cause: error });
  }
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

function invalid(detail: string): RevopsError<"invalid_plans"> {
  return saasErrors.invalid_plans({ detail });
}
