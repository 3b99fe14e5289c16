/** How Stripe is asked for products, prices and meters. */
import { readOrNull } from "../../gateway/refusal.ts";
import { bears, firstMarked, type Operations, pageSize } from "./operation.ts";

type Names =
  | "product.create"
  | "product.update"
  | "price.create"
  | "price.update"
  | "meter.create"
  | "meter_event.create";

export const catalogOperations: Operations<Names> = {
  "product.create": {
    marked: true,
    send: (stripe, params, options) => stripe.products.create(params, options),
    find: (stripe, { id }) => readOrNull(stripe.products.retrieve(id)),
    touches: () => null,
  },
  "product.update": {
    marked: true,
    send: (stripe, { id, ...params }, options) => stripe.products.update(id, params, options),
    find: async (stripe, { id }, mark) => bears(await readOrNull(stripe.products.retrieve(id)), mark),
    touches: () => null,
  },
  "price.create": {
    marked: true,
    send: (stripe, params, options) => stripe.prices.create(params, options),
    find: (stripe, { product }, mark) =>
      firstMarked(stripe.prices.list({ product, created: mark.created, limit: pageSize }), mark),
    touches: () => null,
  },
  "price.update": {
    marked: true,
    send: (stripe, { id, ...params }, options) => stripe.prices.update(id, params, options),
    find: async (stripe, { id }, mark) => bears(await readOrNull(stripe.prices.retrieve(id)), mark),
    touches: () => null,
  },
  "meter.create": {
    marked: false,
    send: (stripe, params, options) => stripe.billing.meters.create(params, options),
    async find(stripe, { event_name: name }) {
      for await (const meter of stripe.billing.meters.list({ limit: pageSize })) {
        if (meter.event_name === name) return meter;
      }
      return null;
    },
    touches: () => null,
  },
  "meter_event.create": {
    // Stripe keeps its identifier for a day and shows no event to anyone: it is sent again, and counted once.
    marked: false,
    async send(stripe, params, options) {
      const { identifier } = await stripe.billing.meterEvents.create(params, options);
      return { id: identifier };
    },
    find: async () => null,
    touches: () => null,
  },
};
