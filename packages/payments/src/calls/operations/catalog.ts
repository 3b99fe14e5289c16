/** How Stripe is asked for products, prices and meters. */
import Stripe from "stripe";
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
    find: (stripe, { event_name: name }) => findMeter(stripe, name),
    touches: () => null,
  },
  "meter_event.create": {
    marked: false,
    async send(stripe, params, options) {
      try {
        const { identifier } = await stripe.billing.meterEvents.create(params, options);
        return { id: identifier };
      } catch (error) {
        // Stripe knows an identifier for a day: it was counted by a try of ours whose answer was lost.
        if (isDuplicate(error)) return { id: params.identifier };
        throw error;
      }
    },
    // An event is shown to nobody, but what was counted is: ours is the only one of its customer and minute.
    async find(stripe, { event_name, identifier, payload, timestamp = 0 }) {
      const meter = await findMeter(stripe, event_name);
      if (meter === null) return null;
      const start = Math.floor(timestamp / 60) * 60;
      const range = { customer: payload["stripe_customer_id"] ?? "", start_time: start, end_time: start + 60 };
      const [summary] = (await stripe.billing.meters.listEventSummaries(meter.id, range)).data;
      return (summary?.aggregated_value ?? 0) > 0 ? { id: identifier } : null;
    },
    touches: () => null,
  },
};

async function findMeter(stripe: Stripe, eventName: string): Promise<Stripe.Billing.Meter | null> {
  for await (const meter of stripe.billing.meters.list({ limit: pageSize })) {
    if (meter.event_name === eventName) return meter;
  }
  return null;
}

function isDuplicate(error: unknown): boolean {
  return error instanceof Stripe.errors.StripeError && error.code === "duplicate_meter_event";
}
