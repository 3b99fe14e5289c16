import { createServer } from "node:http";
import type Stripe from "stripe";
import { expect, test, vi } from "vitest";
import { customerWithCard, startReceiver, startWorld, type World } from "./world.ts";

const secret = "whsec_test";

async function startPair(enabledEvents?: readonly string[]) {
  const receiver = await startReceiver();
  const world = await startWorld({ webhookEndpoints: [{ url: receiver.url, secret, enabledEvents }] });
  /** What arrived, its signature checked as an application does. */
  const received = () =>
    receiver.bodies.map(({ body, signature }) => world.stripe.webhooks.constructEvent(body, signature, secret));
  return { receiver, world, received };
}
const types = (events: readonly Stripe.Event[]) => events.map(({ type }) => type);
const deliveries = async ({ emulator }: World) => {
  const answer = await fetch(`${emulator.url}/_emulator/deliveries`);
  return (await answer.json()) as {
    deliveries: { event: string; state: string; attempts: number; status: number | null; error: string | null }[];
    attempts: { attempt: number; status: number | null }[];
  };
};
const resend = ({ emulator }: World, event: string) =>
  fetch(`${emulator.url}/_emulator/events/${event}/resend`, { method: "POST" });

test("an application's own check takes the signature, and what arrives is what the API shows", async () => {
  const { world, received } = await startPair();
  const customer = await world.stripe.customers.create({ name: "Zoë – 東京" });
  await world.emulator.settle();
  const [event] = received();
  expect(event).toMatchObject({
    object: "event",
    type: "customer.created",
    livemode: false,
    data: { object: { id: customer.id, name: "Zoë – 東京" } },
  });
  expect((await world.stripe.events.retrieve(String(event?.id))).data).toEqual(event?.data);
});

test("a wrong secret, a changed body and an old signature are refused", async () => {
  const { world, receiver } = await startPair();
  await world.stripe.customers.create();
  await world.emulator.settle();
  const { body = "", signature = "" } = receiver.bodies[0] ?? {};
  const { webhooks } = world.stripe;
  expect(() => webhooks.constructEvent(body, signature, "whsec_other")).toThrow(/No signatures found/);
  expect(() => webhooks.constructEvent(body.replace("customer", "Customer"), signature, secret)).toThrow();
  const later = Date.now() + 10 * 60_000;
  expect(() => webhooks.constructEvent(body, signature, secret, 300, undefined, later)).toThrow(/tolerance/);
});

test("a signature is dated by the emulator's clock", async () => {
  const { world, receiver } = await startPair();
  await world.advance(40 * 86_400);
  await world.stripe.customers.create();
  await world.emulator.settle();
  const at = Number(/^t=(\d+),/.exec(receiver.bodies[0]?.signature ?? "")?.[1]);
  expect(Math.abs(at - world.now())).toBeLessThan(5);
});

test("after a 500 the same event comes again until it is taken", async () => {
  const { world, receiver, received } = await startPair();
  receiver.status = 500;
  await world.stripe.customers.create();
  await world.emulator.settle();
  const [event] = (await world.stripe.events.list()).data;
  expect(event?.pending_webhooks).toBe(1);
  receiver.status = 200;
  await vi.waitFor(() => expect(receiver.bodies.length).toBeGreaterThan(1), { timeout: 5_000 });
  await vi.waitFor(async () => expect((await deliveries(world)).deliveries[0]?.state).toBe("delivered"));
  expect(new Set(received().map(({ id }) => id))).toEqual(new Set([event?.id]));
  const log = await deliveries(world);
  expect(log.deliveries).toMatchObject([{ attempts: 2, status: 200, error: null }]);
  expect(log.attempts.map(({ attempt, status }) => [attempt, status])).toEqual([
    [2, 200],
    [1, 500],
  ]);
  expect((await world.stripe.events.retrieve(String(event?.id))).pending_webhooks).toBe(0);
});

test("a receiver that was away gets what happened meanwhile when it is back", async () => {
  const away = createServer();
  const port = await new Promise<number>((resolve) => {
    away.listen(0, "127.0.0.1", () => resolve((away.address() as { port: number }).port));
  });
  await new Promise((resolve) => away.close(resolve));
  const world = await startWorld({ webhookEndpoints: [{ url: `http://127.0.0.1:${port}/hook`, secret }] });
  await world.stripe.customers.create();
  await world.emulator.settle();
  expect((await deliveries(world)).deliveries).toMatchObject([
    { state: "pending", attempts: 1, status: null, error: expect.stringContaining("ECONNREFUSED") },
  ]);
  const receiver = await startReceiver(port);
  await vi.waitFor(() => expect(receiver.bodies).toHaveLength(1), { timeout: 5_000 });
  const { body = "", signature = "" } = receiver.bodies[0] ?? {};
  expect(world.stripe.webhooks.constructEvent(body, signature, secret).type).toBe("customer.created");
});

test("a redirect is not followed: it counts as a failure", async () => {
  const { world, receiver } = await startPair();
  receiver.status = 302;
  await world.stripe.customers.create();
  await world.emulator.settle();
  expect((await deliveries(world)).deliveries).toMatchObject([{ state: "pending", status: 302 }]);
});

test("an event is sent again on demand, with the same id and a good signature", async () => {
  const { world, received } = await startPair();
  await world.stripe.customers.create();
  await world.emulator.settle();
  const id = String(received()[0]?.id);
  expect((await resend(world, id)).status).toBe(200);
  expect(received().map((event) => event.id)).toEqual([id, id]);
  expect((await resend(world, "evt_none")).status).toBe(404);
});

test("an endpoint gets the events it asked for and no others, sent again or not", async () => {
  const { world, received } = await startPair(["customer.updated", "product.created"]);
  const { id } = await world.stripe.customers.create();
  await world.stripe.customers.update(id, { name: "Ada" });
  await world.stripe.products.create({ name: "Pro" });
  await world.emulator.settle();
  expect(types(received()).toSorted()).toEqual(["customer.updated", "product.created"]);
  const [created] = (await world.stripe.events.list({ type: "customer.created" })).data;
  await resend(world, String(created?.id));
  expect(received()).toHaveLength(2);
});

test("a disabled endpoint gets nothing, a deleted one neither", async () => {
  const { world, receiver } = await startPair();
  const [endpoint] = (await world.stripe.webhookEndpoints.list()).data;
  const id = String(endpoint?.id);
  await world.stripe.webhookEndpoints.update(id, { disabled: true });
  await world.stripe.customers.create();
  await world.emulator.settle();
  const [event] = (await world.stripe.events.list()).data;
  await resend(world, String(event?.id));
  expect(receiver.bodies).toEqual([]);
  await world.stripe.webhookEndpoints.update(id, { disabled: false });
  await world.stripe.webhookEndpoints.del(id);
  await world.stripe.customers.create();
  await world.emulator.settle();
  expect(receiver.bodies).toEqual([]);
});

test("the secret of an endpoint made over the API is told once and signs", async () => {
  const receiver = await startReceiver();
  const world = await startWorld();
  const made = await world.stripe.webhookEndpoints.create({ url: receiver.url, enabled_events: ["*"] });
  expect(made.secret).toMatch(/^whsec_\w{32}$/);
  expect((await world.stripe.webhookEndpoints.retrieve(made.id)).secret).toBeUndefined();
  await world.stripe.customers.create();
  await world.emulator.settle();
  const { body = "", signature = "" } = receiver.bodies[0] ?? {};
  expect(world.stripe.webhooks.constructEvent(body, signature, String(made.secret)).type).toBe("customer.created");
});

test("previous_attributes hold the old values of what changed and nothing else", async () => {
  const { world, received } = await startPair(["customer.updated"]);
  const { id } = await world.stripe.customers.create({ name: "Ada", metadata: { a: "1", b: "2" } });
  await world.stripe.customers.update(id, { name: "Grace", email: "g@example.com", metadata: { b: "3", c: "4" } });
  // Nothing changes, so nothing is said.
  await world.stripe.customers.update(id, { name: "Grace" });
  await world.emulator.settle();
  const [event, ...more] = received();
  expect(event?.data.previous_attributes).toEqual({ name: "Ada", email: null, metadata: { b: "2", c: null } });
  expect(more).toEqual([]);
});

test("events are in the order in which things happened, and the list shows the newest first", async () => {
  const world = await startWorld();
  const { customer, method } = await customerWithCard(world);
  await world.stripe.paymentIntents.create({
    amount: 500,
    currency: "usd",
    customer,
    payment_method: method,
    allowed_payment_method_types: ["card"],
    confirm: true,
  });
  expect(types((await world.stripe.events.list()).data).toReversed()).toEqual([
    "customer.created",
    "payment_method.attached",
    "customer.updated",
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
  ]);
  const paid = await world.stripe.events.list({ types: ["charge.succeeded", "payment_intent.succeeded"] });
  expect(types(paid.data)).toEqual(["payment_intent.succeeded", "charge.succeeded"]);
});

test("while the clock moves on, each step's webhooks arrive before the next step is taken", async () => {
  const { world, receiver, received } = await startPair(["invoice.created", "invoice.paid"]);
  const { customer } = await customerWithCard(world);
  const { id: product } = await world.stripe.products.create({ name: "Pro" });
  await world.stripe.subscriptions.create({
    customer,
    items: [
      {
        price: (
          await world.stripe.prices.create({
            product,
            currency: "usd",
            unit_amount: 500,
            recurring: { interval: "day" },
          })
        ).id,
      },
    ],
  });
  await world.emulator.settle();
  receiver.bodies.length = 0;
  await world.advance(3 * 86_400 + 3_601);
  const happened = received();
  expect(types(happened)).toEqual([1, 2, 3].flatMap(() => ["invoice.created", "invoice.paid"]));
  const times = happened.map(({ created }) => created);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(new Set(times).size).toBe(6);
});
