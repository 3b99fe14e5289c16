import { change, need } from "../scope.ts";
import { createdParameters, page } from "../server/pages.ts";
import { clearable, mergeMetadata, metadata, text } from "../server/parameters.ts";
import { type Route, route } from "../server/route.ts";

/** Charges are made by payment intents only: the older way of making one directly is not modelled. */
export const chargeRoutes: readonly Route[] = [
  route({
    method: "get",
    path: "/v1/charges",
    parameters: { ...createdParameters, customer: text(), payment_intent: text() },
    handle: ({ scope, params }) =>
      page(
        scope,
        "charge",
        params,
        { customer: params.customer, payment_intent: params.payment_intent },
        "/v1/charges",
      ),
  }),
  route({
    method: "get",
    path: "/v1/charges/:id",
    parameters: {},
    handle: ({ scope, id }) => need(scope, "charge", id),
  }),
  route({
    method: "post",
    path: "/v1/charges/:id",
    parameters: { description: clearable(text()), metadata: metadata(), receipt_email: clearable(text(512)) },
    handle({ scope, params, id }) {
      const charge = need(scope, "charge", id);
      return change(
        scope,
        "charge",
        charge,
        {
          metadata: mergeMetadata(charge.metadata, params.metadata),
          ...(params.description === undefined ? {} : { description: params.description }),
          ...(params.receipt_email === undefined ? {} : { receipt_email: params.receipt_email }),
        },
        "charge.updated",
      );
    },
  }),
];
