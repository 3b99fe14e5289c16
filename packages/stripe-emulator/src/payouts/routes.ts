import { change, need } from "../scope.ts";
import { createdParameters, page } from "../server/pages.ts";
import { currency, integer, mergeMetadata, metadata, oneOf, range, required, text } from "../server/parameters.ts";
import { type Route, route } from "../server/route.ts";
import { cancelPayout, createPayout } from "./payouts.ts";

export const payoutRoutes: readonly Route[] = [
  route({
    method: "post",
    path: "/v1/payouts",
    parameters: {
      amount: required(integer(1)),
      currency: required(currency()),
      description: text(),
      destination: text(),
      metadata: metadata(),
      method: oneOf("instant", "standard"),
      source_type: oneOf("bank_account", "card", "fpx"),
      statement_descriptor: text(22),
    },
    handle: ({ scope, params }) => createPayout(scope, params),
  }),
  route({
    method: "get",
    path: "/v1/payouts",
    parameters: {
      ...createdParameters,
      arrival_date: range(),
      destination: text(),
      status: oneOf("canceled", "failed", "in_transit", "paid", "pending"),
    },
    handle: ({ scope, params }) =>
      page(
        scope,
        "payout",
        params,
        { arrival_date: params.arrival_date, destination: params.destination, status: params.status },
        "/v1/payouts",
      ),
  }),
  route({
    method: "get",
    path: "/v1/payouts/:id",
    parameters: {},
    handle: ({ scope, id }) => need(scope, "payout", id),
  }),
  route({
    method: "post",
    path: "/v1/payouts/:id",
    parameters: { metadata: metadata() },
    handle({ scope, params, id }) {
      const payout = need(scope, "payout", id);
      return change(
        scope,
        "payout",
        payout,
        { metadata: mergeMetadata(payout.metadata, params.metadata) },
        "payout.updated",
      );
    },
  }),
  route({
    method: "post",
    path: "/v1/payouts/:id/cancel",
    parameters: {},
    handle: ({ scope, id }) => cancelPayout(scope, id),
  }),
];
