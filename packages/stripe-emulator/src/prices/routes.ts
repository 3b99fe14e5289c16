import type Stripe from "stripe";
import { need } from "../scope.ts";
import { createdParameters, page } from "../server/pages.ts";
import {
  clearable,
  currency,
  decimal,
  type Field,
  flag,
  hash,
  integer,
  list,
  metadata,
  oneOf,
  required,
  text,
} from "../server/parameters.ts";
import { type Route, route } from "../server/route.ts";
import { createPrice, updatePrice } from "./prices.ts";

const recurring = hash({
  interval: required(oneOf("day", "week", "month", "year")),
  interval_count: integer(1, 156),
  usage_type: oneOf("licensed", "metered"),
  meter: text(),
  trial_period_days: integer(1, 730),
});
const upTo: Field<number | "inf"> = {
  parse: (value, param) => (value === "inf" ? "inf" : integer(1).parse(value, param)),
};

/** A price described in place: `price_data`, `default_price_data`. */
export const priceDataFields = {
  currency: required(currency()),
  metadata: metadata(),
  recurring,
  tax_behavior: oneOf("exclusive", "inclusive", "unspecified"),
  unit_amount: integer(0),
  unit_amount_decimal: decimal(),
};

/** Stripe leaves `tiers` out unless they are expanded. */
export function withoutTiers(price: Stripe.Price): Stripe.Price {
  const { tiers: _tiers, ...shown } = price;
  return shown;
}

export const priceRoutes: readonly Route[] = [
  route({
    method: "post",
    path: "/v1/prices",
    parameters: {
      ...priceDataFields,
      active: flag(),
      billing_scheme: oneOf("per_unit", "tiered"),
      lookup_key: text(200),
      nickname: text(),
      product: text(),
      product_data: hash({
        id: text(),
        name: required(text()),
        metadata: metadata(),
        active: flag(),
        unit_label: text(12),
      }),
      tiers: list(
        hash({
          up_to: required(upTo),
          unit_amount: integer(0),
          unit_amount_decimal: decimal(),
          flat_amount: integer(0),
          flat_amount_decimal: decimal(),
        }),
      ),
      tiers_mode: oneOf("graduated", "volume"),
      transfer_lookup_key: flag(),
      transform_quantity: hash({ divide_by: required(integer(1)), round: required(oneOf("down", "up")) }),
    },
    handle: ({ scope, params }) => withoutTiers(createPrice(scope, params)),
  }),
  route({
    method: "get",
    path: "/v1/prices",
    parameters: {
      ...createdParameters,
      active: flag(),
      currency: currency(),
      lookup_keys: list(text(), 10),
      product: text(),
      recurring: hash({
        interval: oneOf("day", "week", "month", "year"),
        meter: text(),
        usage_type: oneOf("licensed", "metered"),
      }),
      type: oneOf("one_time", "recurring"),
    },
    handle({ scope, params }) {
      const found = page(
        scope,
        "price",
        params,
        {
          active: params.active,
          currency: params.currency,
          lookup_key: params.lookup_keys,
          product: params.product,
          "recurring.interval": params.recurring?.interval,
          "recurring.meter": params.recurring?.meter,
          "recurring.usage_type": params.recurring?.usage_type,
          type: params.type,
        },
        "/v1/prices",
      );
      return { ...found, data: found.data.map(withoutTiers) };
    },
  }),
  route({
    method: "get",
    path: "/v1/prices/:id",
    parameters: {},
    handle: ({ scope, id }) => withoutTiers(need(scope, "price", id)),
  }),
  route({
    method: "post",
    path: "/v1/prices/:id",
    parameters: {
      active: flag(),
      lookup_key: clearable(text(200)),
      metadata: metadata(),
      nickname: clearable(text()),
      tax_behavior: oneOf("exclusive", "inclusive", "unspecified"),
      transfer_lookup_key: flag(),
    },
    handle: ({ scope, params, id }) => withoutTiers(updatePrice(scope, id, params)),
  }),
];
