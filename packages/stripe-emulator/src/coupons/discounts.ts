import type Stripe from "stripe";
import { invalidRequest } from "../errors.ts";
import { createIdentifier } from "../identifiers.ts";
import { need, type Scope } from "../scope.ts";
import { hash, list, text } from "../server/parameters.ts";
import { idOf } from "../store/kinds.ts";
import { afterIntervals } from "../subscriptions/billing-period.ts";
import { redeemCoupon } from "./coupons.ts";
import { redeemPromotionCode } from "./promotion-codes.ts";
import type { Reduction } from "./reduction.ts";

export interface DiscountInput {
  coupon?: string | undefined;
  discount?: string | undefined;
  promotion_code?: string | undefined;
}
/** The parameter `discounts`, wherever it is taken. */
export const discountsField = list(hash({ coupon: text(), discount: text(), promotion_code: text() }), 20);

/** What discounts are put on. */
export interface DiscountTarget {
  customer: string | null;
  subscription?: string;
  invoice?: string;
  checkoutSession?: string;
  currency: string;
  /** What it costs before, for codes with a least amount. Minor units. */
  amount: number;
}

/** Redeems coupons and codes, or keeps discounts that are there already. */
export function createDiscounts(
  scope: Scope,
  inputs: readonly DiscountInput[],
  target: DiscountTarget,
): Stripe.Discount[] {
  return inputs.map((input, index) => {
    const param = `discounts[${index}]`;
    const named = [input.coupon, input.discount, input.promotion_code].filter((one) => one !== undefined);
    if (named.length !== 1) throw invalidRequest("You must pass one of coupon, discount, promotion_code.", { param });
    if (input.discount !== undefined) return need(scope, "discount", input.discount, `${param}[discount]`);
    const code =
      input.promotion_code === undefined
        ? null
        : redeemPromotionCode(scope, input.promotion_code, { ...target, param: `${param}[promotion_code]` });
    const couponId = code === null ? (input.coupon ?? "") : (idOf(code.promotion.coupon) ?? "");
    const coupon = redeemCoupon(scope, couponId, target.currency, `${param}[coupon]`);
    return createDiscount(scope, coupon, code?.id ?? null, target);
  });
}

function createDiscount(
  scope: Scope,
  coupon: Stripe.Coupon,
  promotionCode: string | null,
  target: DiscountTarget,
): Stripe.Discount {
  const months = coupon.duration === "repeating" ? (coupon.duration_in_months ?? 0) : null;
  const discount = scope.objects.insert("discount", {
    id: createIdentifier("di"),
    object: "discount",
    checkout_session: target.checkoutSession ?? null,
    customer: target.customer,
    customer_account: null,
    end: months === null ? null : afterIntervals(scope.now, { interval: "month", interval_count: 1 }, months),
    invoice: target.invoice ?? null,
    invoice_item: null,
    promotion_code: promotionCode,
    source: { coupon: coupon.id, type: "coupon" },
    start: scope.now,
    subscription: target.subscription ?? null,
    subscription_item: null,
  });
  if (target.subscription !== undefined) scope.emit("customer.discount.created", discount);
  return discount;
}

/** The coupon of a discount, even when it was deleted since. */
export function couponOf(scope: Scope, discount: Stripe.Discount): Stripe.Coupon {
  const coupon = scope.objects.findAny(idOf(discount.source.coupon) ?? "");
  if (coupon?.object !== "coupon") throw invalidRequest(`The coupon of ${discount.id} is gone.`);
  return coupon;
}

/** The discounts behind ids that are good at this time. */
export function activeDiscounts(scope: Scope, references: readonly (string | Stripe.Discount)[]): Stripe.Discount[] {
  return references
    .map((one) => scope.objects.find("discount", idOf(one) ?? ""))
    .filter((one) => one !== undefined)
    .filter((one) => one.end === null || one.end > scope.now);
}

export function reductionOf(scope: Scope, discount: Stripe.Discount): Reduction {
  const coupon = couponOf(scope, discount);
  return {
    percentOff: coupon.percent_off,
    amountOff: coupon.amount_off,
    products: coupon.applies_to?.products ?? null,
  };
}

/** Ends a discount that was on a subscription. */
export function endDiscount(scope: Scope, discount: Stripe.Discount): object {
  const remains = { ...discount, deleted: true as const };
  scope.emit("customer.discount.deleted", discount);
  return remains;
}
