/**
 * How each call is made, how to find out whether an old one happened, and what it changes. Adding a call to Stripe is
 * adding a line here and one in `call.ts`.
 */
import type Stripe from "stripe";
import { readOrNull } from "../gateway/refusal.ts";
import type { MirrorTarget } from "../mirrors/mirrors.ts";
import { type Answer, type Call, callMark, type OperationName, type OperationParams } from "./call.ts";

interface Operation<Params> {
  /** Whether the object carries {@link callMark}; where Stripe takes no metadata it does not. */
  readonly marked: boolean;
  send(stripe: Stripe, params: Params, options: Stripe.RequestOptions): Promise<Answer>;
  /** What the call made or changed, if it happened: asked when its key may be forgotten, and after a 5xx. */
  find(stripe: Stripe, params: Params, mark: Mark): Promise<Answer | null>;
  /** What to bring up to date after it. */
  touches(params: Params, answer: Answer): MirrorTarget | null;
}

/** How to know an object that a call made. */
interface Mark {
  readonly callId: string;
  /** Unix seconds between which it was made, if it was: a day of repeats, and clocks that differ. */
  readonly created: Stripe.RangeQueryParam;
}

type Marked = Answer & { readonly metadata: Stripe.Metadata | null };

function bears(object: Marked | null, { callId }: Mark): Answer | null {
  return object?.metadata?.[callMark] === callId ? object : null;
}

async function firstMarked(list: AsyncIterable<Marked>, mark: Mark): Promise<Answer | null> {
  for await (const object of list) if (bears(object, mark)) return object;
  return null;
}

const pageSize = 100;
const subscriptionOf = ({ subscription }: { subscription: string }): MirrorTarget => ({
  kind: "subscription",
  id: subscription,
});

type Operations = { readonly [Name in OperationName]: Operation<OperationParams[Name]> };

const operations: Operations = {
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
    send: (stripe, { id, ...params }, options) => stripe.subscriptions.cancel(id, params, options),
    async find(stripe, { id }) {
      const subscription = await readOrNull(stripe.subscriptions.retrieve(id));
      return subscription?.status === "canceled" ? subscription : null;
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

/** The operation of a call. A call carries the parameters of the operation that it names, which a union cannot say. */
export function operationOf<Name extends OperationName>(name: Name): Operation<OperationParams[Name]> {
  return operations[name];
}

const skewSeconds = 600;
const daySeconds = 86_400;

export function markOf({ id, createdAt }: Pick<Call, "id" | "createdAt">): Mark {
  const second = Math.floor(createdAt.getTime() / 1_000);
  return { callId: id, created: { gte: second - skewSeconds, lte: second + daySeconds + skewSeconds } };
}
