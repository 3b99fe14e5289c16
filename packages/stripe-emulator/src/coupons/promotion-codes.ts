import type Stripe from "stripe";
import { invalidRequest } from "../errors.ts";
import { createIdentifier, randomText } from "../identifiers.ts";
import { change, need, type Scope } from "../scope.ts";
import { type MetadataChange, mergeMetadata } from "../server/parameters.ts";
import { idOf } from "../store/kinds.ts";
import { showCoupon } from "./coupons.ts";

export interface PromotionCodeInput {
  promotion: { type: "coupon"; coupon?: string | undefined };
  active?: boolean | undefined;
  code?: string | undefined;
  customer?: string | undefined;
  expires_at?: number | undefined;
  max_redemptions?: number | undefined;
  metadata?: MetadataChange | undefined;
  restrictions?:
    | {
        first_time_transaction?: boolean | undefined;
        minimum_amount?: number | undefined;
        minimum_amount_currency?: string | undefined;
      }
    | undefined;
}

export function createPromotionCode(scope: Scope, input: PromotionCodeInput): Stripe.PromotionCode {
  const coupon = need(scope, "coupon", input.promotion.coupon ?? "", "promotion[coupon]");
  if (!showCoupon(scope, coupon).valid)
    throw invalidRequest("This coupon is not valid any more.", { param: "promotion[coupon]" });
  const code = input.code ?? randomText(8).toUpperCase();
  if (!/^[\w-]{1,500}$/.test(code))
    throw invalidRequest("A promotion code has letters, digits, hyphens and underscores only.", { param: "code" });
  const customer = input.customer === undefined ? null : need(scope, "customer", input.customer, "customer").id;
  if (activeCode(scope, code, customer) !== undefined)
    throw invalidRequest(`An active promotion code with the code ${code} already exists.`, {
      code: "resource_already_exists",
      param: "code",
    });
  const promotionCode = scope.objects.insert("promotion_code", {
    id: createIdentifier("promo"),
    object: "promotion_code",
    active: input.active ?? true,
    code,
    created: scope.now,
    customer,
    customer_account: null,
    expires_at: input.expires_at ?? null,
    livemode: false,
    max_redemptions: input.max_redemptions ?? null,
    metadata: mergeMetadata(null, input.metadata),
    promotion: { type: "coupon", coupon: coupon.id },
    restrictions: {
      first_time_transaction: input.restrictions?.first_time_transaction ?? false,
      minimum_amount: input.restrictions?.minimum_amount ?? null,
      minimum_amount_currency: input.restrictions?.minimum_amount_currency ?? null,
    },
    times_redeemed: 0,
  });
  scope.emit("promotion_code.created", promotionCode);
  return promotionCode;
}

/** Codes are the same in capitals and small letters. */
export function activeCode(scope: Scope, code: string, customer: string | null): Stripe.PromotionCode | undefined {
  return scope.objects
    .all("promotion_code", { active: true })
    .find(
      (one) =>
        one.code.toLowerCase() === code.toLowerCase() && (one.customer === null || idOf(one.customer) === customer),
    );
}

export function updatePromotionCode(
  scope: Scope,
  id: string,
  input: { active?: boolean | undefined; metadata?: MetadataChange | undefined },
): Stripe.PromotionCode {
  const before = need(scope, "promotion_code", id);
  return change(
    scope,
    "promotion_code",
    before,
    {
      metadata: mergeMetadata(before.metadata, input.metadata),
      ...(input.active === undefined ? {} : { active: input.active }),
    },
    "promotion_code.updated",
  );
}

/** Counts a redemption, or refuses it with what is not met. */
export function redeemPromotionCode(
  scope: Scope,
  id: string,
  use: { customer: string | null; amount: number; param: string },
): Stripe.PromotionCode {
  const code = need(scope, "promotion_code", id, use.param);
  const refused = (message: string) => invalidRequest(message, { code: "promotion_code_invalid", param: use.param });
  const { first_time_transaction, minimum_amount } = code.restrictions;
  if (!code.active || (code.expires_at !== null && code.expires_at <= scope.now))
    throw refused("This promotion code is not active or has expired.");
  if (code.max_redemptions !== null && code.times_redeemed >= code.max_redemptions)
    throw refused("This promotion code has been redeemed as often as it may.");
  if (code.customer !== null && idOf(code.customer) !== use.customer)
    throw refused("This promotion code is for another customer.");
  if (minimum_amount !== null && use.amount < minimum_amount)
    throw refused(`This promotion code is for amounts of at least ${minimum_amount}.`);
  if (first_time_transaction && use.customer !== null) {
    const bought = scope.objects.page("charge", { customer: use.customer, paid: true }, { limit: 1 }).data.length > 0;
    if (bought) throw refused("This promotion code is for customers who have not bought before.");
  }
  const times_redeemed = code.times_redeemed + 1;
  const active = code.max_redemptions === null || times_redeemed < code.max_redemptions;
  return change(scope, "promotion_code", code, { times_redeemed, active }, "promotion_code.updated");
}
