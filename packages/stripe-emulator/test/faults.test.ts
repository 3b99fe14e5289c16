import Stripe from "stripe";
import { expect, test } from "vitest";
import { sdk, startReceiver, startWorld } from "./world.ts";

const customers = async (stripe: Stripe) => (await stripe.customers.list()).data.length;

test("429 and 500 before the work leave nothing behind, happen as often as asked, and only where asked", async () => {
  const { emulator, stripe } = await startWorld();
  emulator.faults.add({ type: "rate-limit", method: "POST", path: "/v1/customers", times: 2 });
  emulator.faults.add({ type: "error-before", path: "/v1/products" });
  await stripe.customers.list();
  for (let i = 0; i < 2; i++)
    await expect(stripe.customers.create()).rejects.toBeInstanceOf(Stripe.errors.StripeRateLimitError);
  await expect(stripe.products.create({ name: "Pro" })).rejects.toMatchObject({
    statusCode: 500,
    type: "StripeAPIError",
  });
  expect(await customers(stripe)).toBe(0);
  await stripe.customers.create();
  await stripe.products.create({ name: "Pro" });
  expect(emulator.faults.list().map(({ hits, remaining }) => [hits, remaining])).toEqual([
    [2, 0],
    [1, 0],
  ]);
});

test("a 500 after the work: a repeat gets the work's answer, or the 500 again when it was kept", async () => {
  const { emulator, stripe } = await startWorld();
  emulator.faults.add({ type: "error-after", path: "/v1/customers" });
  const create = (idempotencyKey: string) => stripe.customers.create({ email: "ada@example.com" }, { idempotencyKey });
  await expect(create("one")).rejects.toMatchObject({ statusCode: 500 });
  expect(await customers(stripe)).toBe(1);
  expect((await create("one")).email).toBe("ada@example.com");
  expect(await customers(stripe)).toBe(1);
  emulator.faults.clear();
  emulator.faults.add({ type: "error-after", kept: true, method: "POST" });
  await expect(create("two")).rejects.toMatchObject({ statusCode: 500 });
  await expect(create("two")).rejects.toMatchObject({ statusCode: 500 });
  expect(await customers(stripe)).toBe(2);
});

test("a connection is cut before or after the work, and an answer comes late", async () => {
  const { emulator, stripe } = await startWorld();
  // The SDK repeats a request whose connection was closed once by itself, with its idempotency key.
  emulator.faults.add({ type: "cut-before", method: "POST", path: "/v1/customers", times: 2 });
  emulator.faults.add({ type: "cut-after", method: "POST", path: "/v1/customers", times: 2 });
  for (const there of [0, 1]) {
    await expect(stripe.customers.create()).rejects.toBeInstanceOf(Stripe.errors.StripeConnectionError);
    expect(await customers(stripe)).toBe(there);
  }
  emulator.faults.add({ type: "slow", path: "/v1/customers", milliseconds: 5_000 });
  await expect(sdk(emulator.port, { timeout: 2_500 }).customers.create()).rejects.toBeInstanceOf(
    Stripe.errors.StripeConnectionError,
  );
  expect(await customers(stripe)).toBe(2);
});

test("chance follows from the seed", async () => {
  const run = async () => {
    const { emulator, stripe } = await startWorld();
    emulator.faults.add({ type: "error-before", path: "/v1/customers", times: null, probability: 0.4, seed: 7 });
    const outcomes: boolean[] = [];
    for (let i = 0; i < 20; i++)
      outcomes.push(
        await stripe.customers.create().then(
          () => true,
          () => false,
        ),
      );
    return outcomes;
  };
  const first = await run();
  expect(first).toEqual(await run());
  expect(new Set(first).size).toBe(2);
});

test("webhooks are doubled, dropped, delayed and reordered, by the type of event", async () => {
  const receiver = await startReceiver();
  const { emulator, stripe } = await startWorld({ webhookEndpoints: [{ url: receiver.url, secret: "whsec_test" }] });
  const names = () =>
    receiver.bodies.map(({ body }) => (JSON.parse(body) as { data: { object: { name: string } } }).data.object.name);
  emulator.faults.add({ type: "duplicate", event: "product.created", copies: 2 });
  const dropped = emulator.faults.add({ type: "drop", event: "customer.*", times: null });
  await stripe.products.create({ name: "trebled" });
  await stripe.customers.create({ name: "dropped" });
  await emulator.settle();
  expect(names()).toEqual(["trebled", "trebled", "trebled"]);
  const [event] = (await stripe.events.list({ type: "customer.created" })).data;
  expect(event?.pending_webhooks).toBe(0);
  emulator.faults.clear(dropped.id);
  await fetch(`${emulator.url}/_emulator/events/${event?.id}/resend`, { method: "POST" });
  expect(names()).toContain("dropped");

  receiver.bodies.length = 0;
  emulator.faults.add({ type: "delay", event: "product.*", milliseconds: 3_000 });
  await stripe.products.create({ name: "late" });
  await stripe.products.create({ name: "on time" });
  await emulator.settle();
  expect(names()).toEqual(["on time"]);
  await expect.poll(names, { timeout: 20_000 }).toEqual(["on time", "late"]);

  receiver.bodies.length = 0;
  emulator.faults.add({ type: "reorder", event: "product.*", times: null, milliseconds: 4_000, seed: 3 });
  const order = [..."abcdefgh"];
  for (const name of order) await stripe.products.create({ name });
  await expect.poll(() => names().length, { timeout: 20_000 }).toBe(order.length);
  expect(names()).not.toEqual(order);
  expect(names().sort()).toEqual(order);
});

test("events of different seconds can be made to bear the same one", async () => {
  const { emulator, stripe, advance } = await startWorld();
  emulator.faults.add({ type: "same-second", times: 3 });
  for (let i = 0; i < 4; i++) {
    await stripe.customers.create();
    await advance(5);
  }
  const created = (await stripe.events.list({ type: "customer.created" })).data.map((event) => event.created);
  expect(new Set(created.slice(1)).size).toBe(1);
  expect(created[0]).toBeGreaterThanOrEqual((created[1] ?? 0) + 15);
});

test("faults are set, counted and taken back over HTTP; a misspelt one is refused", async () => {
  const { emulator, stripe } = await startWorld();
  const control = `${emulator.url}/_emulator/faults`;
  const post = (body: object) =>
    fetch(control, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  const added = await post({ type: "error-before", path: "/v1/customers/*", times: 5 });
  expect(added.status).toBe(201);
  const { id } = (await added.json()) as { id: string };
  await expect(stripe.customers.retrieve("cus_none")).rejects.toMatchObject({ statusCode: 500 });
  expect(await (await fetch(control)).json()).toMatchObject({ faults: [{ id, hits: 1, remaining: 4 }] });
  await fetch(`${control}/${id}`, { method: "DELETE" });
  await expect(stripe.customers.retrieve("cus_none")).rejects.toMatchObject({ statusCode: 404 });
  for (const bad of [
    {},
    { type: "explode" },
    { type: "drop", path: "/v1/customers" },
    { type: "slow", miliseconds: 3 },
    { type: "slow", milliseconds: "3" },
    { type: "slow", milliseconds: -3 },
    { type: "drop", times: 0 },
    { type: "drop", probability: 2 },
    { type: "rate-limit", method: "post" },
  ])
    expect([bad, (await post(bad)).status]).toEqual([bad, 400]);
});

test("the inspector lists requests with what became of them", async () => {
  const { emulator, stripe } = await startWorld();
  emulator.faults.add({ type: "rate-limit", path: "/v1/customers" });
  await expect(stripe.customers.create()).rejects.toThrow();
  await expect(stripe.customers.retrieve("cus_none")).rejects.toThrow();
  const { requests } = (await (await fetch(`${emulator.url}/_emulator/requests`)).json()) as { requests: object[] };
  expect(requests).toMatchObject([
    { method: "GET", path: "/v1/customers/cus_none", status: 404, code: "resource_missing", fault: null },
    { method: "POST", path: "/v1/customers", status: 429, code: "rate_limit", fault: "rate-limit" },
  ]);
  expect(await (await fetch(`${emulator.url}/_emulator`)).text()).toContain("GET /v1/customers/cus_none");
});
