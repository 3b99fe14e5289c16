/** How Stripe is asked for connected accounts and transfers. */
import { firstMarked, type Operations, pageSize } from "./operation.ts";

type Names = "account.create" | "account_link.create" | "transfer.create" | "transfer.reverse";

export const connectOperations: Operations<Names> = {
  "account.create": {
    marked: true,
    send: (stripe, params, options) => stripe.accounts.create(params, options),
    find: (stripe, _, mark) => firstMarked(stripe.accounts.list({ created: mark.created, limit: pageSize }), mark),
    touches: (_, { id }) => ({ kind: "account", id }),
  },
  "account_link.create": {
    // A page that lasts minutes and changes nothing: one that nobody heard of is made anew.
    marked: false,
    async send(stripe, params, options) {
      const { url } = await stripe.accountLinks.create(params, options);
      return { id: params.account, url };
    },
    find: async () => null,
    touches: () => null,
  },
  "transfer.create": {
    marked: true,
    send: (stripe, params, options) => stripe.transfers.create(params, options),
    find: (stripe, { destination }, mark) =>
      firstMarked(stripe.transfers.list({ destination, created: mark.created, limit: pageSize }), mark),
    touches: (_, { id }) => ({ kind: "transfer", id }),
  },
  "transfer.reverse": {
    marked: true,
    send: (stripe, { id, ...params }, options) => stripe.transfers.createReversal(id, params, options),
    find: (stripe, { id }, mark) => firstMarked(stripe.transfers.listReversals(id, { limit: pageSize }), mark),
    touches: ({ id }) => ({ kind: "transfer", id }),
  },
};
