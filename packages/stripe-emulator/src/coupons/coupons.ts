import type Stripe from "stripe";
import { invalidRequest } from "../errors.ts";
import { randomText } from "../identifiers.ts";
import { change, need, type Scope } from "../scope.ts";
import { type MetadataChange, mergeMetadata } from "../server/parameters.ts";

export interface CouponInput {
  id?: string | undefined;
  amount_off?: number | undefined;
  applies_to?: { products?: string[] | undefined } | undefined;
  currency?: string | undefined;
  duration?: "forever" | "once" | "repeating" | undefined;
  duration_in_months?: number | undefined;
  max_redemptions?: number | undefined;
  metadata?: MetadataChange | undefined;
  name?: string | undefined;
  percent_off?: number | undefined;
  redeem_by?: number | undefined;
}

export function createCoupon(scope: Scope, input: CouponInput): Stripe.Coupon {
  const { amount_off, percent_off, duration = "once", duration_in_months } = input;
  if ((amount_off === undefined) === (percent_off === undefined))
    throw invalidRequest("Must provide percent_off or amount_off, and not both.");
  if (amount_off !== undefined && input.currency === undefined)
    throw invalidRequest("You must pass currency when passing amount_off", {
      code: "parameter_missing",
      param: "currency",
    });
  if ((duration === "repeating") !== (duration_in_months !== undefined))
    throw invalidRequest("You must pass `duration_in_months` when, and only when, `duration` is `repeating`.", {
      param: "duration_in_months",
    });
  if (input.redeem_by !== undefined && input.redeem_by <= scope.now)
    throw invalidRequest("`redeem_by` must be in the future.", { param: "redeem_by" });
  const id = input.id ?? randomText(8);
  if (scope.objects.findAny(id) !== undefined)
    throw invalidRequest("Coupon already exists.", { code: "resource_already_exists", param: "id" });
  const products = input.applies_to?.products;
  for (const product of products ?? []) need(scope, "product", product, "applies_to[products]");
  const coupon = scope.objects.insert("coupon", {
    id,
    object: "coupon",
    amount_off: amount_off ?? null,
    ...(products === undefined ? {} : { applies_to: { products } }),
    created: scope.now,
    currency: amount_off === undefined ? null : (input.currency ?? null),
    duration,
    duration_in_months: duration_in_months ?? null,
    livemode: false,
    max_redemptions: input.max_redemptions ?? null,
    metadata: mergeMetadata(null, input.metadata),
    name: input.name ?? null,
    percent_off: percent_off ?? null,
    redeem_by: input.redeem_by ?? null,
    times_redeemed: 0,
    valid: true,
  });
  scope.emit("coupon.created", coupon);
  return coupon;
}

/** As it stands now: whether it can still be redeemed depends on the time. Stripe shows its products only when asked. */
export function showCoupon(scope: Scope, coupon: Stripe.Coupon): Stripe.Coupon {
  const { applies_to: _products, ...shown } = coupon;
  const expired = coupon.redeem_by !== null && coupon.redeem_by <= scope.now;
  const usedUp = coupon.max_redemptions !== null && coupon.times_redeemed >= coupon.max_redemptions;
  return { ...shown, valid: !expired && !usedUp };
}

/** Counts a redemption, or refuses it. Existing discounts live on whatever becomes of the coupon. */
export function redeemCoupon(scope: Scope, id: string, currency: string, param: string): Stripe.Coupon {
  const coupon = need(scope, "coupon", id, param);
  if (!showCoupon(scope, coupon).valid)
    throw invalidRequest(`Coupon expired: ${coupon.id}`, { code: "coupon_expired", param });
  if (coupon.currency !== null && coupon.currency !== currency)
    throw invalidRequest(
      `The coupon ${coupon.id} is for ${coupon.currency} and cannot be applied to an amount of ${currency}.`,
      { param },
    );
  return change(scope, "coupon", coupon, { times_redeemed: coupon.times_redeemed + 1 }, null);
}

export function updateCoupon(
  scope: Scope,
  id: string,
  input: { metadata?: MetadataChange | undefined; name?: string | undefined },
): Stripe.Coupon {
  const coupon = need(scope, "coupon", id);
  return change(
    scope,
    "coupon",
    coupon,
    {
      metadata: mergeMetadata(coupon.metadata, input.metadata),
      ...(input.name === undefined ? {} : { name: input.name }),
    },
    "coupon.updated",
  );
}

/** Nobody can redeem it any more; it stays readable for the discounts that have it. */
export function deleteCoupon(scope: Scope, id: string): object {
  const coupon = need(scope, "coupon", id);
  scope.objects.bury(id, { ...coupon, valid: false, deleted: true });
  scope.emit("coupon.deleted", coupon);
  return { id, object: "coupon", deleted: true };
}
