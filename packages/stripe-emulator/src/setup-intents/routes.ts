import { change, need } from "../scope.ts";
import { createdParameters, page } from "../server/pages.ts";
import { clearable, flag, hash, list, mergeMetadata, metadata, oneOf, required, text } from "../server/parameters.ts";
import { type Route, route } from "../server/route.ts";
import { cancelSetupIntent, confirmSetupIntent, createSetupIntent } from "./setup-intents.ts";

export const setupIntentRoutes: readonly Route[] = [
  route({
    method: "post",
    path: "/v1/setup_intents",
    parameters: {
      automatic_payment_methods: hash({ enabled: required(flag()), allow_redirects: oneOf("always", "never") }),
      confirm: flag(),
      customer: text(),
      description: clearable(text()),
      metadata: metadata(),
      payment_method: text(),
      allowed_payment_method_types: list(oneOf("card")),
      return_url: text(),
      usage: oneOf("off_session", "on_session"),
    },
    handle({ scope, params }) {
      const intent = createSetupIntent(scope, params);
      return params.confirm === true ? confirmSetupIntent(scope, intent.id, { return_url: params.return_url }) : intent;
    },
  }),
  route({
    method: "get",
    path: "/v1/setup_intents",
    parameters: { ...createdParameters, customer: text(), payment_method: text() },
    handle: ({ scope, params }) =>
      page(
        scope,
        "setup_intent",
        params,
        { customer: params.customer, payment_method: params.payment_method },
        "/v1/setup_intents",
      ),
  }),
  route({
    method: "get",
    path: "/v1/setup_intents/:id",
    parameters: { client_secret: text() },
    handle: ({ scope, id }) => need(scope, "setup_intent", id),
  }),
  route({
    method: "post",
    path: "/v1/setup_intents/:id",
    parameters: { description: clearable(text()), metadata: metadata() },
    handle({ scope, params, id }) {
      const intent = need(scope, "setup_intent", id);
      return change(
        scope,
        "setup_intent",
        intent,
        {
          metadata: mergeMetadata(intent.metadata, params.metadata),
          ...(params.description === undefined ? {} : { description: params.description }),
        },
        null,
      );
    },
  }),
  route({
    method: "post",
    path: "/v1/setup_intents/:id/confirm",
    parameters: { payment_method: text(), return_url: text(), use_stripe_sdk: flag() },
    handle: ({ scope, params, id }) => confirmSetupIntent(scope, id, params),
  }),
  route({
    method: "post",
    path: "/v1/setup_intents/:id/cancel",
    parameters: { cancellation_reason: oneOf("abandoned", "duplicate", "requested_by_customer") },
    handle: ({ scope, params, id }) => cancelSetupIntent(scope, id, params.cancellation_reason ?? null),
  }),
];
