import { invalidRequest } from "../errors.ts";
import { createPaymentMethod } from "../payment-methods/payment-methods.ts";
import { paymentMethodDataField } from "../payment-methods/routes.ts";
import { need, onClock, type Scope } from "../scope.ts";
import { createdParameters, page } from "../server/pages.ts";
import {
  clearable,
  currency,
  flag,
  hash,
  integer,
  list,
  metadata,
  oneOf,
  type Parsed,
  required,
  text,
} from "../server/parameters.ts";
import { type Route, route } from "../server/route.ts";
import { idOf } from "../store/kinds.ts";
import { type ConfirmInput, confirmIntent, declinedFailure } from "./confirm.ts";
import { cancelIntent, captureIntent, createIntent, updateIntent } from "./payment-intents.ts";

const editable = {
  customer: text(),
  description: clearable(text()),
  metadata: metadata(),
  payment_method: text(),
  payment_method_data: paymentMethodDataField,
  allowed_payment_method_types: list(oneOf("card")),
  receipt_email: clearable(text(512)),
  setup_future_usage: oneOf("off_session", "on_session"),
  statement_descriptor: text(22),
  statement_descriptor_suffix: text(22),
  transfer_group: text(),
  capture_method: oneOf("automatic", "automatic_async", "manual"),
};
const confirmation = {
  off_session: flag(),
  return_url: text(),
  error_on_requires_action: flag(),
  use_stripe_sdk: flag(),
};

/** The id of the payment method a request names or describes. */
function methodOf(
  scope: Scope,
  params: {
    payment_method?: string | undefined;
    payment_method_data?: Parsed<{ data: typeof paymentMethodDataField }>["data"];
  },
) {
  if (params.payment_method_data === undefined)
    return params.payment_method === undefined ? {} : { payment_method: params.payment_method };
  if (params.payment_method !== undefined)
    throw invalidRequest("You may only specify one of these parameters: payment_method, payment_method_data.");
  return {
    payment_method: createPaymentMethod(scope, {
      ...params.payment_method_data,
      card: params.payment_method_data.card ?? {},
    }).id,
  };
}

function confirm(scope: Scope, id: string, input: ConfirmInput): object {
  const intent = need(scope, "payment_intent", id);
  const customer = idOf(intent.customer);
  const clocked = onClock(scope, customer === null ? null : idOf(scope.objects.find("customer", customer)?.test_clock));
  const confirmed = confirmIntent(clocked, intent, input, input.off_session === true ? "off-session" : "on-session");
  if (confirmed.status === "requires_payment_method") throw declinedFailure(clocked, confirmed);
  return need(scope, "payment_intent", id);
}

export const paymentIntentRoutes: readonly Route[] = [
  route({
    method: "post",
    path: "/v1/payment_intents",
    parameters: {
      ...editable,
      ...confirmation,
      amount: required(integer(1)),
      currency: required(currency()),
      automatic_payment_methods: hash({ enabled: required(flag()), allow_redirects: oneOf("always", "never") }),
      confirm: flag(),
      confirmation_method: oneOf("automatic", "manual"),
    },
    handle({ scope, params }) {
      if (params.confirm !== true && params.off_session !== undefined) {
        throw invalidRequest("`off_session` may only be used when `confirm` is set to `true`.", {
          param: "off_session",
        });
      }
      const intent = createIntent(scope, { ...params, ...methodOf(scope, params) });
      return params.confirm === true
        ? confirm(scope, intent.id, {
            off_session: params.off_session,
            return_url: params.return_url,
            error_on_requires_action: params.error_on_requires_action,
          })
        : intent;
    },
  }),
  route({
    method: "get",
    path: "/v1/payment_intents",
    parameters: { ...createdParameters, customer: text() },
    handle: ({ scope, params }) =>
      page(scope, "payment_intent", params, { customer: params.customer }, "/v1/payment_intents"),
  }),
  route({
    method: "get",
    path: "/v1/payment_intents/:id",
    parameters: { client_secret: text() },
    handle: ({ scope, id }) => need(scope, "payment_intent", id),
  }),
  route({
    method: "post",
    path: "/v1/payment_intents/:id",
    parameters: { ...editable, amount: integer(1), currency: currency() },
    handle: ({ scope, params, id }) => updateIntent(scope, id, { ...params, ...methodOf(scope, params) }),
  }),
  route({
    method: "post",
    path: "/v1/payment_intents/:id/confirm",
    parameters: {
      ...confirmation,
      payment_method: text(),
      payment_method_data: paymentMethodDataField,
      setup_future_usage: oneOf("off_session", "on_session"),
      receipt_email: clearable(text(512)),
    },
    handle({ scope, params, id }) {
      if (params.setup_future_usage !== undefined || params.receipt_email !== undefined) {
        updateIntent(scope, id, { setup_future_usage: params.setup_future_usage, receipt_email: params.receipt_email });
      }
      return confirm(scope, id, { ...params, ...methodOf(scope, params) });
    },
  }),
  route({
    method: "post",
    path: "/v1/payment_intents/:id/capture",
    parameters: { amount_to_capture: integer(1), metadata: metadata() },
    handle({ scope, params, id }) {
      if (params.metadata !== undefined) updateIntent(scope, id, { metadata: params.metadata });
      return captureIntent(scope, id, params.amount_to_capture);
    },
  }),
  route({
    method: "post",
    path: "/v1/payment_intents/:id/cancel",
    parameters: { cancellation_reason: oneOf("duplicate", "fraudulent", "requested_by_customer", "abandoned") },
    handle: ({ scope, params, id }) => cancelIntent(scope, id, params.cancellation_reason ?? null),
  }),
];
