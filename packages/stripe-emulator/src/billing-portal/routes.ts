import { hash, oneOf, required, text } from "../server/parameters.ts";
import { type Route, route } from "../server/route.ts";
import { createPortalSession } from "./sessions.ts";

const ofSubscription = hash({ subscription: required(text()) });

export const billingPortalRoutes: readonly Route[] = [
  route({
    method: "post",
    path: "/v1/billing_portal/sessions",
    parameters: {
      customer: required(text()),
      configuration: text(),
      flow_data: hash({
        type: required(oneOf("payment_method_update", "subscription_cancel", "subscription_update")),
        after_completion: hash({
          type: required(oneOf("hosted_confirmation", "portal_homepage", "redirect")),
          redirect: hash({ return_url: required(text()) }),
        }),
        subscription_cancel: ofSubscription,
        subscription_update: ofSubscription,
      }),
      locale: text(10),
      return_url: text(),
    },
    handle: ({ scope, params }) => createPortalSession(scope, params),
  }),
];
