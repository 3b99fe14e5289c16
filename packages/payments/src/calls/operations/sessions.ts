/** How Stripe is asked for Stripe's own pages. */
import { firstMarked, type Operations, pageSize } from "./operation.ts";

type Names = "checkout.create" | "portal.create";

export const sessionOperations: Operations<Names> = {
  "checkout.create": {
    marked: true,
    send: (stripe, params, options) => stripe.checkout.sessions.create(params, options),
    find: (stripe, { customer }, mark) =>
      firstMarked(stripe.checkout.sessions.list({ customer, created: mark.created, limit: pageSize }), mark),
    touches: () => null,
  },
  "portal.create": {
    // A page that lasts minutes and changes nothing: one that nobody heard of is made anew.
    marked: false,
    send: (stripe, params, options) => stripe.billingPortal.sessions.create(params, options),
    find: async () => null,
    touches: () => null,
  },
};
