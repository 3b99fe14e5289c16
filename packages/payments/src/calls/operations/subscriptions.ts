/** How Stripe is asked for subscriptions and their schedules. */
import { readOrNull } from "../../gateway/refusal.ts";
import { bears, firstMarked, type Operations, pageSize } from "./operation.ts";

const subscriptionOf = ({ subscription }: { subscription: string }) =>
  ({ kind: "subscription", id: subscription }) as const;

type Names =
  | "subscription.create"
  | "subscription.update"
  | "subscription.cancel"
  | "subscription.resume"
  | "schedule.create"
  | "schedule.update"
  | "schedule.release";

export const subscriptionOperations: Operations<Names> = {
  "subscription.create": {
    marked: true,
    send: (stripe, params, options) => stripe.subscriptions.create(params, options),
    find: (stripe, { customer }, mark) =>
      firstMarked(stripe.subscriptions.list({ customer, status: "all", created: mark.created, limit: pageSize }), mark),
    touches: (_, { id }) => ({ kind: "subscription", id }),
  },
  "subscription.update": {
    marked: true,
    send: (stripe, { id, ...params }, options) => stripe.subscriptions.update(id, params, options),
    find: async (stripe, { id }, mark) => bears(await readOrNull(stripe.subscriptions.retrieve(id)), mark),
    touches: (_, { id }) => ({ kind: "subscription", id }),
  },
  "subscription.cancel": {
    marked: false,
    keyless: true,
    send: (stripe, { id, ...params }, options) => stripe.subscriptions.cancel(id, params, options),
    async find(stripe, { id }) {
      const subscription = await readOrNull(stripe.subscriptions.retrieve(id));
      return subscription?.status === "canceled" ? subscription : null;
    },
    touches: (_, { id }) => ({ kind: "subscription", id }),
  },
  "subscription.resume": {
    marked: false,
    send: (stripe, { id, ...params }, options) => stripe.subscriptions.resume(id, params, options),
    async find(stripe, { id }) {
      const subscription = await readOrNull(stripe.subscriptions.retrieve(id));
      return subscription?.status === "paused" ? null : subscription;
    },
    touches: (_, { id }) => ({ kind: "subscription", id }),
  },
  "schedule.create": {
    // Stripe takes nothing else together with `from_subscription`.
    marked: false,
    send: (stripe, params, options) => stripe.subscriptionSchedules.create(params, options),
    async find(stripe, { from_subscription }) {
      const subscription = await readOrNull(stripe.subscriptions.retrieve(from_subscription, { expand: ["schedule"] }));
      return typeof subscription?.schedule === "object" ? subscription.schedule : null;
    },
    touches: ({ from_subscription }) => ({ kind: "subscription", id: from_subscription }),
  },
  "schedule.update": {
    marked: true,
    send: (stripe, { id, subscription: _, ...params }, options) =>
      stripe.subscriptionSchedules.update(id, params, options),
    find: async (stripe, { id }, mark) => bears(await readOrNull(stripe.subscriptionSchedules.retrieve(id)), mark),
    touches: subscriptionOf,
  },
  "schedule.release": {
    marked: false,
    send: (stripe, { id }, options) => stripe.subscriptionSchedules.release(id, {}, options),
    async find(stripe, { id }) {
      const schedule = await readOrNull(stripe.subscriptionSchedules.retrieve(id));
      return schedule?.status === "released" ? schedule : null;
    },
    touches: subscriptionOf,
  },
};
