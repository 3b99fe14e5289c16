import type Stripe from "stripe";
import { discountsField } from "../coupons/discounts.ts";
import { priceDataFields } from "../prices/routes.ts";
import { change, need } from "../scope.ts";
import type { Includable } from "../server/expand.ts";
import { createdParameters, page, pageOf, pageParameters } from "../server/pages.ts";
import {
  currency,
  flag,
  hash,
  integer,
  list,
  mergeMetadata,
  metadata,
  oneOf,
  required,
  text,
  timestamp,
} from "../server/parameters.ts";
import { type Route, route } from "../server/route.ts";
import { createSession, expireSession, showSession } from "./sessions.ts";

const lineItem = hash({
  price: text(),
  price_data: hash({
    ...priceDataFields,
    product: text(),
    product_data: hash({
      name: required(text()),
      description: text(),
      images: list(text(), 8),
      metadata: metadata(),
      unit_label: text(12),
    }),
  }),
  quantity: integer(0, 999_999),
});

export const checkoutRoutes: readonly Route[] = [
  route({
    method: "post",
    path: "/v1/checkout/sessions",
    parameters: {
      mode: oneOf("payment", "setup", "subscription"),
      line_items: list(lineItem, 100),
      success_url: text(),
      cancel_url: text(),
      allow_promotion_codes: flag(),
      allowed_payment_method_types: list(oneOf("card")),
      client_reference_id: text(200),
      currency: currency(),
      customer: text(),
      customer_creation: oneOf("always", "if_required"),
      customer_email: text(800),
      discounts: discountsField,
      expires_at: timestamp(),
      locale: text(10),
      metadata: metadata(),
      payment_intent_data: hash({
        capture_method: oneOf("automatic", "automatic_async", "manual"),
        description: text(1_000),
        metadata: metadata(),
        receipt_email: text(),
        setup_future_usage: oneOf("off_session", "on_session"),
        statement_descriptor: text(22),
        statement_descriptor_suffix: text(22),
        transfer_group: text(),
      }),
      payment_method_collection: oneOf("always", "if_required"),
      setup_intent_data: hash({ description: text(1_000), metadata: metadata() }),
      submit_type: oneOf("auto", "book", "donate", "pay", "subscribe"),
      subscription_data: hash({
        billing_cycle_anchor: timestamp(),
        description: text(500),
        metadata: metadata(),
        proration_behavior: oneOf("create_prorations", "none"),
        trial_end: timestamp(),
        trial_period_days: integer(1, 730),
        trial_settings: hash({
          end_behavior: required(
            hash({ missing_payment_method: required(oneOf("cancel", "create_invoice", "pause")) }),
          ),
        }),
      }),
      ui_mode: oneOf("hosted_page"),
    },
    handle: ({ scope, params }) => showSession(createSession(scope, params)),
  }),
  route({
    method: "get",
    path: "/v1/checkout/sessions",
    parameters: {
      ...createdParameters,
      customer: text(),
      payment_intent: text(),
      status: oneOf("complete", "expired", "open"),
      subscription: text(),
    },
    handle({ scope, params }) {
      const { customer, payment_intent, status, subscription } = params;
      const found = page(
        scope,
        "checkout.session",
        params,
        { customer, payment_intent, status, subscription },
        "/v1/checkout/sessions",
      );
      return { ...found, data: found.data.map(showSession) };
    },
  }),
  route({
    method: "get",
    path: "/v1/checkout/sessions/:id",
    parameters: {},
    handle: ({ scope, id }) => showSession(need(scope, "checkout.session", id)),
  }),
  route({
    method: "post",
    path: "/v1/checkout/sessions/:id",
    parameters: { metadata: metadata() },
    handle({ scope, params, id }) {
      const session = need(scope, "checkout.session", id);
      const patch: Partial<Stripe.Checkout.Session> = { metadata: mergeMetadata(session.metadata, params.metadata) };
      return showSession(change(scope, "checkout.session", session, patch, null));
    },
  }),
  route({
    method: "get",
    path: "/v1/checkout/sessions/:id/line_items",
    parameters: pageParameters,
    handle: ({ scope, params, id }) =>
      pageOf(
        need(scope, "checkout.session", id).line_items?.data ?? [],
        params,
        `/v1/checkout/sessions/${id}/line_items`,
      ),
  }),
  route({
    method: "post",
    path: "/v1/checkout/sessions/:id/expire",
    parameters: {},
    handle: ({ scope, id }) => showSession(expireSession(scope, id)),
  }),
];

/** The items of a session are shown only when they are asked for. */
export const checkoutIncludable: Includable = {
  "checkout.session.line_items": (scope, session) =>
    scope.objects.find("checkout.session", String(session["id"]))?.line_items,
};
