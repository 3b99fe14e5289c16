/** Plans as typed code: a misspelt feature or tier does not compile. */
import { canonicalJson, sha256 } from "@revops/core";
import { saasErrors } from "../errors.ts";
import { checkFeature, checkTiers } from "./check.ts";
import { checkAddOn, checkPools } from "./check-extras.ts";
import type { AddOn, AddOnDefinition, CreditPool, CreditPoolDefinition } from "./extras.ts";
import type { FeatureDefinitions, PlanFeature } from "./feature.ts";
import { checkCurrency } from "./invalid.ts";
import { canDowngrade, canUpgrade, type PlanTier, type TierDefinition } from "./tier.ts";

/** The content of a catalog: plain JSON, as it is stored for each version. */
export interface PlanContent {
  readonly features: readonly PlanFeature[];
  /** Lowest level first. */
  readonly tiers: readonly PlanTier[];
  readonly addOns: readonly AddOn[];
  readonly pools: readonly CreditPool[];
}

/** A catalog of features and tiers, frozen. `Feature` and `Tier` are the unions of its ids. */
export interface Plans<Feature extends string = string, Tier extends string = string> extends PlanContent {
  /** Names this very catalog: a fingerprint of its content, or what {@link definePlans} was told. */
  readonly version: string;
  /** The tier of the lowest level: what a subject has that bought nothing, or whose subscription ended. */
  readonly base: PlanTier;
  /** @throws `unknown_feature` */
  feature(id: string): PlanFeature;
  /** @throws `unknown_tier` */
  tier(id: string): PlanTier;
  /** @throws `unknown_add_on` */
  addOn(id: string): AddOn;
  isFeature(id: string): id is Feature;
  isTier(id: string): id is Tier;
  /** Whether `to` has a higher level. @throws `unknown_tier` */
  canUpgrade(from: string, to: string): boolean;
  /** Whether `to` has a lower level. @throws `unknown_tier` */
  canDowngrade(from: string, to: string): boolean;
}

/**
 * Declares a catalog. It is checked here, at start-up, and frozen.
 *
 * Beyond a hard limit, a tier's `rules` say how a feature is served and priced; `minimumSpend`, `trialDays`, `graceDays` and
 * `credits` belong to a tier too. `addOns` are bought on top; `credits` are pools from which features draw.
 *
 * @throws `invalid_plans` for levels that are not unique, negative limits, limits or prices that are not exact …
 * @example
 * const plans = definePlans({
 *   features: { call: { kind: "metered" }, seat: { kind: "allocated" }, sso: { kind: "flag" }, sla: { kind: "static" } },
 *   tiers: {
 *     free: { level: 0, name: "Free", price: money(0, "usd"), interval: "month",
 *             limits: { call: 1_000, seat: 1 }, flags: { sso: false }, values: { sla: null } },
 *     pro: { level: 1, name: "Pro", price: money(2_900, "usd"), interval: "month",
 *            limits: { call: 100_000, seat: 10 }, flags: { sso: true }, values: { sla: "99.5%" },
 *            rules: { call: { limit: "soft", charge: { model: "per_unit", unitAmount: "0.05" } } } },
 *   },
 * });
 */
export function definePlans<
  const Features extends FeatureDefinitions,
  const TierId extends string,
  const PoolId extends string = never,
  const AddOnId extends string = never,
>(definition: {
  readonly features: Features;
  readonly tiers: { readonly [Id in TierId]: TierDefinition<Features, NoInfer<PoolId>> };
  readonly addOns?: { readonly [Id in AddOnId]: AddOnDefinition<Features> };
  readonly credits?: { readonly [Id in PoolId]: CreditPoolDefinition<Features> };
  readonly version?: string;
}): Plans<Extract<keyof Features, string>, TierId> {
  const features = Object.entries(definition.features).map(([id, feature]) => checkFeature(id, feature));
  const pools = checkPools(definition.credits ?? {}, features);
  const addOns = Object.entries<AddOnDefinition<Features>>(definition.addOns ?? {}).map(([id, addOn]) =>
    checkAddOn(id, addOn, features),
  );
  const tiers = checkTiers(definition.tiers, features, pools);
  for (const { id, price } of addOns) checkCurrency(`The add-on "${id}"`, price.currency, tiers[0]?.currency);
  const content = {
    features: Object.freeze(features),
    tiers,
    addOns: Object.freeze(addOns),
    pools,
  };
  return plansOf(content, definition.version ?? versionOf(content));
}

/** A catalog over checked content, as it was defined or stored. */
export function plansOf<Feature extends string, Tier extends string>(
  content: PlanContent,
  version: string,
): Plans<Feature, Tier> {
  const features = new Map(content.features.map((feature) => [feature.id, feature]));
  const tiers = new Map(content.tiers.map((tier) => [tier.id, tier]));
  const addOns = new Map(content.addOns.map((addOn) => [addOn.id, addOn]));
  const [base] = content.tiers;
  if (base === undefined) throw saasErrors.invalid_plans({ detail: "A catalog has at least one tier." });

  const tier = (id: string): PlanTier => {
    const found = tiers.get(id);
    if (found === undefined) throw saasErrors.unknown_tier({ detail: `There is no tier "${id}".` });
    return found;
  };
  return Object.freeze({
    version,
    ...content,
    base,
    feature(id: string) {
      const found = features.get(id);
      if (found === undefined) throw saasErrors.unknown_feature({ detail: `There is no feature "${id}".` });
      return found;
    },
    tier,
    addOn(id: string) {
      const found = addOns.get(id);
      if (found === undefined) throw saasErrors.unknown_add_on({ detail: `There is no add-on "${id}".` });
      return found;
    },
    isFeature: (id: string): id is Feature => features.has(id),
    isTier: (id: string): id is Tier => tiers.has(id),
    canUpgrade: (from: string, to: string) => canUpgrade(tier(from), tier(to)),
    canDowngrade: (from: string, to: string) => canDowngrade(tier(from), tier(to)),
  });
}

function versionOf({ features, tiers, addOns, pools }: PlanContent): string {
  return sha256(canonicalJson([features, tiers, addOns, pools])).slice(0, 12);
}
