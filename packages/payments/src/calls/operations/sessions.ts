/** How Stripe is asked for Stripe's own pages. */
import { readOrNull } from "../../gateway/refusal.ts";
import { firstMarked, type Operations, pageSize } from "./operation.ts";

type Names = "checkout.create" | "checkout.expire" | "portal.create";

export const sessionOperations: Operations<Names> = {
  "checkout.create": {
    marked: true,
    send: (stripe, params, options) => stripe.checkout.sessions.create(params, options),
    find: (stripe, { customer }, mark) =>
      firstMarked(stripe.checkout.sessions.list({ customer, created: mark.created, limit: pageSize }), mark),
    touches: (_, { id }) => ({ kind: "checkout_session", id }),
  },
  "checkout.expire": {
    marked: false,
    // One that was paid or has run out meanwhile is as good as expired.
    async send(stripe, { id }, options) {
      const session = await stripe.checkout.sessions.retrieve(id);
      return session.status === "open" ? stripe.checkout.sessions.expire(id, {}, options) : session;
    },
    async find(stripe, { id }) {
      const session = await readOrNull(stripe.checkout.sessions.retrieve(id));
      return session?.status === "open" ? null : session;
    },
    touches: ({ id }) => ({ kind: "checkout_session", id }),
  },
  "portal.create": {
    // A page that lasts minutes and changes nothing: one that nobody heard of is made anew.
    marked: false,
    send: (stripe, params, options) => stripe.billingPortal.sessions.create(params, options),
    find: async () => null,
    touches: () => null,
  },
};
