import { parameterMissing, resourceMissing } from "../errors.ts";
import { need } from "../scope.ts";
import { address } from "../server/fields.ts";
import { page, pageParameters } from "../server/pages.ts";
import { clearable, hash, integer, metadata, oneOf, required, text } from "../server/parameters.ts";
import { type Route, route } from "../server/route.ts";
import {
  attachPaymentMethod,
  createPaymentMethod,
  detachPaymentMethod,
  updatePaymentMethod,
} from "./payment-methods.ts";

const billingDetailsField = hash({
  address: clearable(address()),
  email: clearable(text(512)),
  name: clearable(text()),
  phone: clearable(text(20)),
});
const cardField = hash({
  number: text(23),
  exp_month: integer(1, 12),
  exp_year: integer(0, 9999),
  cvc: text(4),
  token: text(),
});
/** A payment method described in place, as `payment_method_data`. */
export const paymentMethodDataField = hash({
  type: required(oneOf("card")),
  card: cardField,
  billing_details: billingDetailsField,
  metadata: metadata(),
  allow_redisplay: oneOf("always", "limited", "unspecified"),
});

export const paymentMethodRoutes: readonly Route[] = [
  route({
    method: "post",
    path: "/v1/payment_methods",
    parameters: {
      type: required(oneOf("card")),
      card: cardField,
      billing_details: billingDetailsField,
      metadata: metadata(),
      allow_redisplay: oneOf("always", "limited", "unspecified"),
    },
    handle({ scope, params }) {
      if (params.card === undefined) throw parameterMissing("card");
      return createPaymentMethod(scope, { ...params, card: params.card });
    },
  }),
  route({
    method: "get",
    path: "/v1/payment_methods",
    parameters: {
      ...pageParameters,
      customer: text(),
      type: oneOf("card"),
      allow_redisplay: oneOf("always", "limited", "unspecified"),
    },
    handle: ({ scope, params }) =>
      page(
        scope,
        "payment_method",
        params,
        { customer: params.customer ?? "", type: params.type, allow_redisplay: params.allow_redisplay },
        "/v1/payment_methods",
      ),
  }),
  route({
    method: "get",
    path: "/v1/payment_methods/:id",
    parameters: {},
    handle: ({ scope, id }) => need(scope, "payment_method", id),
  }),
  route({
    method: "post",
    path: "/v1/payment_methods/:id",
    parameters: {
      billing_details: billingDetailsField,
      card: hash({ exp_month: integer(1, 12), exp_year: integer(2000, 9999) }),
      metadata: metadata(),
      allow_redisplay: oneOf("always", "limited", "unspecified"),
    },
    handle: ({ scope, params, id }) => updatePaymentMethod(scope, id, params),
  }),
  route({
    method: "post",
    path: "/v1/payment_methods/:id/attach",
    parameters: { customer: required(text()) },
    handle: ({ scope, params, id }) => attachPaymentMethod(scope, id, params.customer),
  }),
  route({
    method: "post",
    path: "/v1/payment_methods/:id/detach",
    parameters: {},
    handle: ({ scope, id }) => detachPaymentMethod(scope, id),
  }),
  route({
    method: "get",
    path: "/v1/customers/:id/payment_methods",
    parameters: { ...pageParameters, type: oneOf("card"), allow_redisplay: oneOf("always", "limited", "unspecified") },
    handle({ scope, params, id }) {
      need(scope, "customer", id);
      return page(
        scope,
        "payment_method",
        params,
        { customer: id, type: params.type, allow_redisplay: params.allow_redisplay },
        `/v1/customers/${id}/payment_methods`,
      );
    },
  }),
  route({
    method: "get",
    path: "/v1/customers/:id/payment_methods/:method",
    parameters: {},
    handle({ scope, id, segment }) {
      need(scope, "customer", id);
      const method = scope.objects.find("payment_method", segment("method"));
      if (method === undefined || method.customer !== id) throw resourceMissing("payment_method", segment("method"));
      return method;
    },
  }),
];
