import { need } from "../scope.ts";
import { createdParameters, page } from "../server/pages.ts";
import {
  currency,
  flag,
  hash,
  integer,
  list,
  metadata,
  number,
  oneOf,
  required,
  text,
  timestamp,
} from "../server/parameters.ts";
import { type Route, route } from "../server/route.ts";
import { createCoupon, deleteCoupon, showCoupon, updateCoupon } from "./coupons.ts";
import { createPromotionCode, updatePromotionCode } from "./promotion-codes.ts";

export const couponRoutes: readonly Route[] = [
  route({
    method: "post",
    path: "/v1/coupons",
    parameters: {
      id: text(200),
      amount_off: integer(1),
      applies_to: hash({ products: list(text()) }),
      currency: currency(),
      duration: oneOf("forever", "once", "repeating"),
      duration_in_months: integer(1, 120),
      max_redemptions: integer(1),
      metadata: metadata(),
      name: text(40),
      percent_off: number(0.01, 100),
      redeem_by: timestamp(),
    },
    handle: ({ scope, params }) => showCoupon(scope, createCoupon(scope, params)),
  }),
  route({
    method: "get",
    path: "/v1/coupons",
    parameters: createdParameters,
    handle({ scope, params }) {
      const found = page(scope, "coupon", params, {}, "/v1/coupons");
      return { ...found, data: found.data.map((one) => showCoupon(scope, one)) };
    },
  }),
  route({
    method: "get",
    path: "/v1/coupons/:id",
    parameters: {},
    handle: ({ scope, id }) => showCoupon(scope, need(scope, "coupon", id)),
  }),
  route({
    method: "post",
    path: "/v1/coupons/:id",
    parameters: { metadata: metadata(), name: text(40) },
    handle: ({ scope, params, id }) => showCoupon(scope, updateCoupon(scope, id, params)),
  }),
  route({
    method: "delete",
    path: "/v1/coupons/:id",
    parameters: {},
    handle: ({ scope, id }) => deleteCoupon(scope, id),
  }),
  route({
    method: "post",
    path: "/v1/promotion_codes",
    parameters: {
      promotion: required(hash({ type: required(oneOf("coupon")), coupon: text() })),
      active: flag(),
      code: text(500),
      customer: text(),
      expires_at: timestamp(),
      max_redemptions: integer(1),
      metadata: metadata(),
      restrictions: hash({
        first_time_transaction: flag(),
        minimum_amount: integer(1),
        minimum_amount_currency: currency(),
      }),
    },
    handle: ({ scope, params }) => createPromotionCode(scope, params),
  }),
  route({
    method: "get",
    path: "/v1/promotion_codes",
    parameters: { ...createdParameters, active: flag(), code: text(500), coupon: text(), customer: text() },
    handle: ({ scope, params }) =>
      page(
        scope,
        "promotion_code",
        params,
        { active: params.active, code: params.code, "promotion.coupon": params.coupon, customer: params.customer },
        "/v1/promotion_codes",
      ),
  }),
  route({
    method: "get",
    path: "/v1/promotion_codes/:id",
    parameters: {},
    handle: ({ scope, id }) => need(scope, "promotion_code", id),
  }),
  route({
    method: "post",
    path: "/v1/promotion_codes/:id",
    parameters: { active: flag(), metadata: metadata() },
    handle: ({ scope, params, id }) => updatePromotionCode(scope, id, params),
  }),
];
