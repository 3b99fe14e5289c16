/** How Stripe is asked for payments and what goes back. */
import { readOrNull } from "../../gateway/refusal.ts";
import { firstMarked, type Operations, pageSize } from "./operation.ts";

type Names = "payment_intent.create" | "payment_intent.confirm" | "payment_intent.cancel" | "refund.create";

export const paymentIntentOperations: Operations<Names> = {
  "payment_intent.create": {
    marked: true,
    send: (stripe, params, options) => stripe.paymentIntents.create(params, options),
    find: (stripe, { customer }, mark) =>
      firstMarked(stripe.paymentIntents.list({ customer, created: mark.created, limit: pageSize }), mark),
    touches: (_, { id }) => ({ kind: "payment_intent", id }),
  },
  "payment_intent.confirm": {
    marked: false,
    send: (stripe, { id, ...params }, options) => stripe.paymentIntents.confirm(id, params, options),
    async find(stripe, { id }) {
      const intent = await readOrNull(stripe.paymentIntents.retrieve(id));
      // Back to this state is where a decline leads: nothing was charged either way.
      const waits = intent?.status === "requires_payment_method" || intent?.status === "requires_confirmation";
      return waits ? null : intent;
    },
    touches: (_, { id }) => ({ kind: "payment_intent", id }),
  },
  "payment_intent.cancel": {
    marked: false,
    send: (stripe, { id, ...params }, options) => stripe.paymentIntents.cancel(id, params, options),
    async find(stripe, { id }) {
      const intent = await readOrNull(stripe.paymentIntents.retrieve(id));
      return intent?.status === "canceled" ? intent : null;
    },
    touches: (_, { id }) => ({ kind: "payment_intent", id }),
  },
  "refund.create": {
    marked: true,
    send: (stripe, params, options) => stripe.refunds.create(params, options),
    find: (stripe, { payment_intent }, mark) =>
      firstMarked(stripe.refunds.list({ payment_intent, created: mark.created, limit: pageSize }), mark),
    touches: ({ payment_intent: id }) => ({ kind: "payment_intent", id }),
  },
};
