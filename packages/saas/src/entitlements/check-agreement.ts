/** What may be agreed with a customer. Checked before anything is written. */
import { isRevopsError, type RevopsError } from "@revops/core";
import { saasErrors } from "../errors.ts";
import { type AnyTier, checkTier } from "../plans/check.ts";
import { checkRule } from "../plans/check-rules.ts";
import type { AddOn } from "../plans/extras.ts";
import type { PlanFeature, StaticValue } from "../plans/feature.ts";
import { checkAmount, checkCurrency, checkQuantity } from "../plans/invalid.ts";
import type { Plans } from "../plans/plans.ts";
import { canDowngrade, type PlanTier, type RuleDefinition } from "../plans/tier.ts";
import type { LimitGrant, Overrides, OverridingRule } from "./agreement.ts";
import { type Terms, termsAt, usagePeriod } from "./terms.ts";

/** A tier of one customer's own, written down as in `definePlans`. */
export type CustomTier = AnyTier;

/** Values in place of the tier's. */
export interface OverridesInput {
  /** Per interval; null is a price that is collected outside. */
  readonly price?: PlanTier["price"] | undefined;
  /** By feature, in its unit; null is unlimited. */
  readonly limits?: Readonly<Record<string, number | null>> | undefined;
  readonly flags?: Readonly<Record<string, boolean>> | undefined;
  readonly values?: Readonly<Record<string, StaticValue>> | undefined;
  readonly rules?: Readonly<Record<string, RuleDefinition>> | undefined;
  readonly minimumSpend?: number | undefined;
}

/** A trial longer than a year is a tier. */
const longestTrialDays = 366;

/** @throws `invalid_agreement` */
export function checkCustomTier(plans: Plans, id: string, tier: CustomTier): PlanTier {
  if (plans.isTier(id)) throw invalid(`The plans have a tier "${id}" already.`);
  const level = plans.tiers.find((other) => other.level === tier.level);
  if (level) throw invalid(`The tier "${level.id}" has the level ${tier.level} already.`);
  const { currency } = plans.base;
  return agreed(() => {
    const checked = checkTier(id, tier, plans.features, plans.pools, currency);
    checkCurrency(`The tier "${id}"`, checked.currency, currency);
    return checked;
  });
}

/** @throws `trial_not_available`, `invalid_agreement` */
export function checkTrial(tier: string, days: number): void {
  if (days === 0) throw noTrial(`The tier "${tier}" has no trial.`);
  if (Number.isInteger(days) && days > 0 && days <= longestTrialDays) return;
  throw invalid(`A trial lasts 1 to ${longestTrialDays} whole days.`);
}

/** When a downgrade takes effect. @throws `invalid_agreement` */
export function plannedAt(current: Terms, tier: PlanTier, now: Date): Date {
  if (current.billedEnd !== null) throw invalid("The subscription is billed by Stripe; plan the downgrade there.");
  if (!canDowngrade(termsAt(current, now).plan, tier)) throw invalid(`"${tier.id}" is no lower tier.`);
  return usagePeriod(current, now).end;
}

/** @throws `invalid_agreement`, `unknown_feature` */
export function checkOverrides(plans: Plans, input: OverridesInput): Overrides {
  return agreed(() => {
    const limits = checkEach(plans, input.limits, isCounted, (limit, { id, decimals }) => {
      if (limit !== null) checkQuantity(`The limit of "${id}"`, limit, decimals);
      return limit;
    });
    const rules = checkEach<RuleDefinition, OverridingRule>(plans, input.rules, isCounted, (rule, feature) => {
      const checked = checkRule(`The rule of "${feature.id}"`, rule, null, feature);
      const includesLimit = rule.limit === "soft" && rule.included === undefined && rule.charge?.model !== "flat";
      return includesLimit ? { ...checked, included: null } : checked;
    });
    const flags = checkEach(
      plans,
      input.flags,
      ({ kind }) => kind === "flag",
      (value) => value === true,
    );
    const values = checkEach(
      plans,
      input.values,
      ({ kind }) => kind === "static",
      (value) => value,
    );
    const { price, minimumSpend } = input;
    if (price) {
      checkAmount("The price", price.amount);
      checkCurrency("The price", price.currency, plans.base.currency);
    }
    if (minimumSpend !== undefined) checkAmount("The minimum spend", minimumSpend);
    return {
      ...(limits ? { limits } : {}),
      ...(rules ? { rules } : {}),
      ...(flags ? { flags } : {}),
      ...(values ? { values } : {}),
      ...(price === undefined ? {} : { price }),
      ...(minimumSpend === undefined ? {} : { minimumSpend }),
    };
  });
}

/** @throws `invalid_agreement` */
export function checkPriceIsOurs({ billedStart }: Terms): void {
  if (billedStart === null) return;
  throw invalid("Stripe bills this subscription at its own price. Give a discount, or change the price there.");
}

/** @throws `unknown_add_on`, `invalid_agreement` */
export function checkAddOnQuantity(plans: Plans, id: string, quantity: number): AddOn {
  const addOn = plans.addOn(id);
  const most = addOn.maxQuantity ?? 1_000_000;
  if (Number.isInteger(quantity) && quantity >= 0 && quantity <= most) return addOn;
  throw invalid(`Of "${id}" one can have 0 to ${most}.`);
}

/** @throws `invalid_agreement`, `unknown_feature` */
export function checkGrant(
  plans: Plans,
  grant: { id: string; feature: string; quantity: number; expiresAt?: Date | undefined },
  now: Date,
): LimitGrant {
  const { id, feature: featureId, quantity, expiresAt } = grant;
  const feature = plans.feature(featureId);
  return agreed(() => {
    if (!isCounted(feature)) throw invalid(`"${featureId}" is not counted, so there is nothing to grant.`);
    if (typeof id !== "string" || !/^[\x21-\x7e]{1,255}$/.test(id))
      throw invalid("A grant's id is 1 to 255 visible ASCII characters.");
    checkQuantity("What is granted", quantity, feature.decimals);
    if (expiresAt && !(expiresAt > now)) throw invalid("A grant expires in the future.");
    return { id, feature: featureId, quantity, expiresAt: expiresAt?.toISOString() ?? null };
  });
}

export function noTrial(detail: string): RevopsError<"trial_not_available"> {
  return saasErrors.trial_not_available({ detail });
}

function checkEach<Given, Checked>(
  plans: Plans,
  given: Readonly<Record<string, Given>> | undefined,
  fits: (feature: PlanFeature) => boolean,
  check: (value: Given, feature: PlanFeature) => Checked,
): Record<string, Checked> | undefined {
  if (given === undefined) return undefined;
  const checked = Object.entries(given).map(([id, value]) => {
    const feature = plans.feature(id);
    if (!fits(feature)) throw invalid(`"${id}" is a feature of another kind.`);
    return [id, check(value, feature)] as const;
  });
  return Object.fromEntries(checked);
}

function isCounted({ kind }: PlanFeature): boolean {
  return kind === "metered" || kind === "allocated";
}

/** What is wrong in a catalog is a programmer's mistake; here it is the caller's. */
function agreed<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!isRevopsError(error, "invalid_plans")) throw error;
    throw saasErrors.invalid_agreement({ detail: error.message, cause: error });
  }
}

function invalid(detail: string): RevopsError<"invalid_agreement"> {
  return saasErrors.invalid_agreement({ detail });
}
