/** What was agreed with one customer beyond the catalog: a tier of their own, overrides, add-ons, grants, what comes next. */
import { decimal, type Money, scaledToNumber, toScaled } from "@revops/core";
import type { AddOn } from "../plans/extras.ts";
import type { PlanFeature, StaticValue } from "../plans/feature.ts";
import type { FeatureRule, PlanTier } from "../plans/tier.ts";

/** Values that stand in place of the tier's. */
export interface Overrides {
  /** Per interval; null is a price outside of the catalog's. */
  readonly price?: Money | null;
  /** By feature, in its unit; null is unlimited. */
  readonly limits?: Readonly<Record<string, number | null>>;
  readonly flags?: Readonly<Record<string, boolean>>;
  readonly values?: Readonly<Record<string, StaticValue>>;
  readonly rules?: Readonly<Record<string, OverridingRule>>;
  readonly minimumSpend?: number;
}

/** A rule in place of the tier's; `included` null is the limit, whatever it comes to be. */
export type OverridingRule = Omit<FeatureRule, "included"> & { readonly included: string | null };

/** More of a feature than the tier has, given by hand. */
export interface LimitGrant {
  /** The giver's own name for it: granted again, nothing changes. */
  readonly id: string;
  readonly feature: string;
  /** In the feature's unit. */
  readonly quantity: number;
  /** ISO 8601; null lasts as long as the entitlement. */
  readonly expiresAt: string | null;
}

/** A change that comes by itself. */
export interface ScheduledChange {
  /** ISO 8601. */
  readonly at: string;
  readonly tier: string;
  readonly reason: "trial_end" | "grace_end" | "downgrade";
}

/** An add-on as it was bought: later versions of the plans do not change its price. */
export interface BoughtAddOn {
  readonly addOn: AddOn;
  readonly quantity: number;
}

/** What a subject had of a subscription that still is there and may be paid for again: it is had again as it was bought. */
export interface LostTier {
  readonly tier: string;
  readonly planVersion: string | null;
  readonly overrides?: Overrides;
  readonly addOns?: readonly BoughtAddOn[];
}

/** Stored as JSON with each version of a subject's terms. */
export interface Agreement {
  /** Given by hand: Stripe's word on a tier that is not a higher one does not replace it. */
  readonly pinned?: true;
  readonly customTier?: PlanTier;
  readonly overrides?: Overrides;
  readonly addOns?: readonly BoughtAddOn[];
  readonly grants?: readonly LimitGrant[];
  readonly scheduled?: ScheduledChange;
  /** What Stripe charges a period, where that is not what the tier costs in the subject's version: it is what a statement says. */
  readonly billedPrice?: Money;
  /** The tier that was lost when the grace after `past_due` ended: `past_due`, said again, does not give it back. */
  readonly lapsed?: string;
  /** On the base tier for as long as the subscription is not paid for. */
  readonly lost?: LostTier;
}

/** What decided a limit. */
export interface LimitSource {
  readonly kind: "plan" | "custom_tier" | "override" | "add_on" | "grant";
  /** Of the tier, add-on or grant; null for an override. */
  readonly id: string | null;
}

export interface EffectiveTier {
  readonly plan: PlanTier;
  /** By feature, for every limit that is not the plan's own. */
  readonly sources: Readonly<Record<string, LimitSource>>;
}

/**
 * The tier that a subject really has. In this order: the tier of the version it bought (or its own), what that version did
 * not know yet from the current one, overrides, add-ons, grants. What a soft limit includes follows the limit.
 */
export function effectiveTier(
  bought: PlanTier,
  current: PlanTier | undefined,
  agreement: Agreement | null,
  features: readonly PlanFeature[],
): EffectiveTier {
  const known = current === undefined || current === bought ? bought : withNewFeatures(bought, current);
  if (agreement === null) return { plan: known, sources: {} };
  const { overrides = {}, addOns = [], grants = [], billedPrice } = agreement;
  const limits: Record<string, number | null> = { ...known.limits, ...overrides.limits };
  const flags: Record<string, boolean> = { ...known.flags, ...overrides.flags };
  const sources: Record<string, LimitSource> = {};
  if (agreement.customTier) {
    for (const feature of Object.keys(limits)) sources[feature] = { kind: "custom_tier", id: known.id };
  }
  for (const feature of Object.keys(overrides.limits ?? {})) sources[feature] = { kind: "override", id: null };

  const add = (featureId: string, quantity: number, times: number, source: LimitSource): void => {
    const limit = limits[featureId];
    const feature = features.find(({ id }) => id === featureId);
    if (limit === undefined || limit === null || !feature) return;
    const added = toScaled(limit, feature.decimals) + toScaled(quantity, feature.decimals) * times;
    limits[featureId] = scaledToNumber(Math.min(added, Number.MAX_SAFE_INTEGER), feature.decimals);
    sources[featureId] = source;
  };
  for (const { addOn, quantity } of addOns) {
    for (const [feature, each] of Object.entries(addOn.limits)) {
      add(feature, each, quantity, { kind: "add_on", id: addOn.id });
    }
    for (const flag of Object.keys(addOn.flags)) flags[flag] = true;
  }
  for (const { id, feature, quantity } of grants) add(feature, quantity, 1, { kind: "grant", id });

  return {
    plan: {
      ...known,
      price: billedPrice ?? (overrides.price === undefined ? known.price : overrides.price),
      minimumSpend: overrides.minimumSpend ?? known.minimumSpend,
      limits,
      flags,
      values: { ...known.values, ...overrides.values },
      rules: rulesOf(known, limits, overrides.rules ?? {}),
    },
    sources,
  };
}

function withNewFeatures(bought: PlanTier, current: PlanTier): PlanTier {
  return {
    ...bought,
    limits: { ...current.limits, ...bought.limits },
    flags: { ...current.flags, ...bought.flags },
    values: { ...current.values, ...bought.values },
    rules: { ...current.rules, ...bought.rules },
  };
}

function rulesOf(
  { limits: before, rules }: PlanTier,
  limits: Readonly<Record<string, number | null>>,
  overrides: Readonly<Record<string, OverridingRule>>,
): Record<string, FeatureRule> {
  return Object.fromEntries(
    Object.entries(rules).map(([feature, rule]) => {
      const own = overrides[feature];
      if (own) return [feature, { ...own, included: own.included ?? text(limits[feature] ?? 0) }];
      const [from, to] = [before[feature] ?? null, limits[feature] ?? null];
      const follows = from !== null && to !== null && rule.limit === "soft" && rule.included === text(from);
      return [feature, follows ? { ...rule, included: text(to) } : rule];
    }),
  );
}

const text = (limit: number) => decimal(limit).toString();
