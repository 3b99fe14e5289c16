/** Plans as typed code: a misspelt feature or tier does not compile. */
import { canonicalJson, sha256 } from "@revops/core";
import { saasErrors } from "../errors.ts";
import { checkFeature, checkTiers } from "./check.ts";
import type { FeatureDefinition, PlanFeature } from "./feature.ts";
import { canDowngrade, canUpgrade, type PlanTier, type TierDefinition } from "./tier.ts";

/** A catalog of features and tiers, frozen. `Feature` and `Tier` are the unions of its ids. */
export interface Plans<Feature extends string = string, Tier extends string = string> {
  /** Names this very catalog: a fingerprint of its content, or what {@link definePlans} was told. */
  readonly version: string;
  readonly features: readonly PlanFeature[];
  /** Lowest level first. */
  readonly tiers: readonly PlanTier[];
  /** The tier of the lowest level: what a subject has that bought nothing, or whose subscription ended. */
  readonly base: PlanTier;
  /** @throws `unknown_feature` */
  feature(id: string): PlanFeature;
  /** @throws `unknown_tier` */
  tier(id: string): PlanTier;
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
 * @throws `invalid_plans` for levels that are not unique, negative limits, limits or prices that are not exact …
 * @example
 * const plans = definePlans({
 *   features: { call: { kind: "metered" }, seat: { kind: "allocated" }, sso: { kind: "flag" }, sla: { kind: "static" } },
 *   tiers: {
 *     free: { level: 0, name: "Free", price: money(0, "usd"), interval: "month",
 *             limits: { call: 1_000, seat: 1 }, flags: { sso: false }, values: { sla: null } },
 *   },
 * });
 */
export function definePlans<
  const Features extends Record<string, FeatureDefinition>,
  const TierId extends string,
>(definition: {
  readonly features: Features;
  readonly tiers: { readonly [Id in TierId]: TierDefinition<Features> };
  readonly version?: string;
}): Plans<Extract<keyof Features, string>, TierId> {
  type FeatureId = Extract<keyof Features, string>;
  const features = new Map<string, PlanFeature>();
  for (const [id, feature] of Object.entries(definition.features)) features.set(id, checkFeature(id, feature));
  const tiers = checkTiers(definition.tiers, [...features.values()]);
  const byId = new Map(tiers.map((tier) => [tier.id, tier]));
  const [base] = tiers;
  if (base === undefined) throw saasErrors.invalid_plans({ detail: "A catalog has at least one tier." });

  const tier = (id: string): PlanTier => {
    const found = byId.get(id);
    if (found === undefined) throw saasErrors.unknown_tier({ detail: `There is no tier "${id}".` });
    return found;
  };
  return Object.freeze({
    version: definition.version ?? sha256(canonicalJson([[...features.values()], tiers])).slice(0, 12),
    features: Object.freeze([...features.values()]),
    tiers,
    base,
    feature(id: string) {
      const found = features.get(id);
      if (found === undefined) throw saasErrors.unknown_feature({ detail: `There is no feature "${id}".` });
      return found;
    },
    tier,
    isFeature: (id: string): id is FeatureId => features.has(id),
    isTier: (id: string): id is TierId => byId.has(id),
    canUpgrade: (from: string, to: string) => canUpgrade(tier(from), tier(to)),
    canDowngrade: (from: string, to: string) => canDowngrade(tier(from), tier(to)),
  });
}
