import type Stripe from "stripe";
import { resourceMissing } from "../errors.ts";
import { need, type Scope } from "../scope.ts";
import { address } from "../server/fields.ts";
import { createdParameters, page } from "../server/pages.ts";
import { clearable, hash, integer, list, metadata, oneOf, required, text } from "../server/parameters.ts";
import { type Route, route } from "../server/route.ts";
import { createCustomer, updateCustomer } from "./customers.ts";

const fields = {
  address: clearable(address()),
  balance: integer(),
  description: clearable(text()),
  email: clearable(text(512)),
  invoice_prefix: text(12),
  invoice_settings: hash({ default_payment_method: clearable(text()), footer: clearable(text()) }),
  metadata: metadata(),
  name: clearable(text(256)),
  next_invoice_sequence: integer(1),
  phone: clearable(text(20)),
  preferred_locales: clearable(list(text(20))),
  shipping: clearable(hash({ address: required(address()), name: required(text()), phone: clearable(text(20)) })),
  tax_exempt: clearable(oneOf("exempt", "none", "reverse")),
};

/** A customer, or what is left of a deleted one. */
function readCustomer(scope: Scope, id: string): object {
  if (scope.objects.isDeleted(id)) {
    const remains = scope.objects.findAny(id);
    if (remains?.object === "customer") return remains;
  }
  return need(scope, "customer", id);
}

/** Hands over to the subscriptions what a deleted customer leaves: given in, so that customers need not know them. */
export function customerRoutes(
  cancelSubscriptions: (scope: Scope, customer: Stripe.Customer) => void,
): readonly Route[] {
  return [
    route({
      method: "post",
      path: "/v1/customers",
      parameters: { ...fields, payment_method: text(), test_clock: text() },
      handle: ({ scope, params }) => createCustomer(scope, params),
    }),
    route({
      method: "get",
      path: "/v1/customers",
      parameters: { ...createdParameters, email: text(512), test_clock: text() },
      handle: ({ scope, params }) =>
        page(scope, "customer", params, { email: params.email, test_clock: params.test_clock }, "/v1/customers"),
    }),
    route({
      method: "get",
      path: "/v1/customers/:id",
      parameters: {},
      handle: ({ scope, id }) => readCustomer(scope, id),
    }),
    route({
      method: "post",
      path: "/v1/customers/:id",
      parameters: fields,
      handle: ({ scope, params, id }) => updateCustomer(scope, id, params),
    }),
    route({
      method: "delete",
      path: "/v1/customers/:id",
      parameters: {},
      handle({ scope, id }) {
        if (scope.objects.isDeleted(id)) throw resourceMissing("customer", id);
        const customer = need(scope, "customer", id);
        cancelSubscriptions(scope, customer);
        const remains = { id, object: "customer", deleted: true } as const;
        scope.objects.bury(id, remains);
        scope.emit("customer.deleted", customer);
        return remains;
      },
    }),
  ];
}
