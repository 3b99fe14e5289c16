/** How Stripe is asked for customers and their payment methods. */
import { readOrNull } from "../../gateway/refusal.ts";
import { bears, firstMarked, type Operations, pageSize } from "./operation.ts";

type Names =
  | "customer.create"
  | "customer.update"
  | "payment_method.attach"
  | "payment_method.detach"
  | "setup_intent.create"
  | "setup_intent.confirm"
  | "setup_intent.cancel";

export const customerOperations: Operations<Names> = {
  "customer.create": {
    marked: true,
    send: (stripe, params, options) => stripe.customers.create(params, options),
    find: (stripe, _, mark) => firstMarked(stripe.customers.list({ created: mark.created, limit: pageSize }), mark),
    touches: (_, { id }) => ({ kind: "customer", id }),
  },
  "customer.update": {
    marked: true,
    send: (stripe, { id, ...params }, options) => stripe.customers.update(id, params, options),
    async find(stripe, { id }, mark) {
      const customer = await readOrNull(stripe.customers.retrieve(id));
      return customer === null || customer.deleted ? null : bears(customer, mark);
    },
    touches: (_, { id }) => ({ kind: "customer", id }),
  },
  "payment_method.attach": {
    marked: false,
    send: (stripe, { id, ...params }, options) => stripe.paymentMethods.attach(id, params, options),
    async find(stripe, { id, customer }) {
      const method = await readOrNull(stripe.paymentMethods.retrieve(id));
      return method?.customer === customer ? method : null;
    },
    touches: (_, { id }) => ({ kind: "payment_method", id }),
  },
  "payment_method.detach": {
    marked: false,
    send: (stripe, { id }, options) => stripe.paymentMethods.detach(id, {}, options),
    async find(stripe, { id }) {
      const method = await readOrNull(stripe.paymentMethods.retrieve(id));
      return method?.customer === null ? method : null;
    },
    touches: (_, { id }) => ({ kind: "payment_method", id }),
  },
  "setup_intent.create": {
    marked: true,
    send: (stripe, params, options) => stripe.setupIntents.create(params, options),
    find: (stripe, { customer }, mark) =>
      firstMarked(stripe.setupIntents.list({ customer, created: mark.created, limit: pageSize }), mark),
    touches: (_, { id }) => ({ kind: "setup_intent", id }),
  },
  "setup_intent.confirm": {
    marked: false,
    send: (stripe, { id, ...params }, options) => stripe.setupIntents.confirm(id, params, options),
    async find(stripe, { id }) {
      const intent = await readOrNull(stripe.setupIntents.retrieve(id));
      const waits = intent?.status === "requires_payment_method" || intent?.status === "requires_confirmation";
      return waits ? null : intent;
    },
    touches: (_, { id }) => ({ kind: "setup_intent", id }),
  },
  "setup_intent.cancel": {
    marked: false,
    send: (stripe, { id }, options) => stripe.setupIntents.cancel(id, {}, options),
    async find(stripe, { id }) {
      const intent = await readOrNull(stripe.setupIntents.retrieve(id));
      return intent?.status === "canceled" ? intent : null;
    },
    touches: (_, { id }) => ({ kind: "setup_intent", id }),
  },
};
