import { expect, test, vi } from "vitest";
import { customerWithCard, day, monthlyPrice, startReceiver, startWorld, type World } from "./world.ts";

async function clock({ emulator }: World, wish?: unknown): Promise<{ status: number; body: { now: string } }> {
  const answer = await fetch(`${emulator.url}/_emulator/clock`, {
    ...(wish === undefined ? {} : { method: "POST", body: JSON.stringify(wish) }),
    headers: { "content-type": "application/json" },
  });
  return { status: answer.status, body: (await answer.json()) as { now: string } };
}
const seconds = (iso: string) => Math.floor(Date.parse(iso) / 1000);

test("the clock begins at the machine's time and goes on by itself", async () => {
  const world = await startWorld();
  const { body } = await clock(world);
  expect(Math.abs(Date.parse(body.now) - Date.now())).toBeLessThan(2_000);
  await vi.waitFor(
    async () => expect(Date.parse((await clock(world)).body.now)).toBeGreaterThan(Date.parse(body.now)),
    {
      timeout: 20_000,
    },
  );
});

test("over HTTP the clock moves on by seconds and to a moment", async () => {
  const world = await startWorld();
  const before = world.now();
  const moved = await clock(world, { advanceSeconds: 3_600 });
  expect(moved.status).toBe(200);
  expect(seconds(moved.body.now) - before).toBeGreaterThanOrEqual(3_600);
  expect((await world.stripe.customers.create()).created - before).toBeGreaterThanOrEqual(3_600);
  const to = new Date((world.now() + 40 * day) * 1000).toISOString();
  expect(seconds((await clock(world, { to })).body.now)).toBeGreaterThanOrEqual(seconds(to));
});

test.each([
  ["a step back", { advanceSeconds: -1 }],
  ["a moment that is over", { to: "2001-01-01T00:00:00Z" }],
  ["text for a number", { advanceSeconds: "60" }],
  ["a date without a time", { to: "2090-01-01" }],
  ["no date at all", { to: "2090-13-45T00:00:00Z" }],
  ["nothing", {}],
])("%s is refused and moves nothing", async (_what, wish) => {
  const world = await startWorld();
  const before = world.now();
  const { status, body } = await clock(world, wish);
  expect({ status, body }).toMatchObject({ status: 400, body: { error: { type: "invalid_request_error" } } });
  expect(world.now() - before).toBeLessThan(60);
});

test("in process, going back throws", async () => {
  const world = await startWorld();
  await expect(world.emulator.clock.advance(-1)).rejects.toThrow(RangeError);
  await expect(world.emulator.clock.advance(new Date(0))).rejects.toThrow("The clock only moves forward");
});

test("a year in one step runs every renewal at its own time", async () => {
  const world = await startWorld();
  const { customer } = await customerWithCard(world);
  const price = await monthlyPrice(world, 2_900);
  const { id, created } = await world.stripe.subscriptions.create({ customer, items: [{ price }] });
  await world.advance(366 * day);
  const invoices = (await world.stripe.invoices.list({ customer, limit: 100 })).data;
  expect(invoices).toHaveLength(13);
  expect(new Set(invoices.map(({ created: at }) => at)).size).toBe(13);
  expect(invoices.every(({ status }) => status === "paid")).toBe(true);
  expect(invoices.at(-1)?.created).toBe(created);
  expect((await world.stripe.subscriptions.retrieve(id)).status).toBe("active");
});

test("two who move the clock at once both arrive, and nothing runs twice", async () => {
  const world = await startWorld();
  const { customer } = await customerWithCard(world);
  await world.stripe.subscriptions.create({ customer, items: [{ price: await monthlyPrice(world, 2_900) }] });
  const before = world.now();
  await Promise.all([world.advance(32 * day), world.advance(32 * day)]);
  expect(world.now() - before).toBeGreaterThanOrEqual(32 * day);
  expect((await world.stripe.invoices.list({ customer })).data).toHaveLength(2);
});

test("a Stripe test clock moves its customers and nobody else, and says when it is ready", async () => {
  const receiver = await startReceiver();
  const world = await startWorld({ webhookEndpoints: [{ url: receiver.url, secret: "whsec_test" }] });
  const { testClocks } = world.stripe.testHelpers;
  const start = Date.UTC(2030, 0, 31, 12) / 1000;
  const frozen = await testClocks.create({ frozen_time: start, name: "Renewal" });
  expect(frozen).toMatchObject({ status: "ready", frozen_time: start });
  const clocked = await world.stripe.customers.create({ test_clock: frozen.id });
  const method = await world.stripe.paymentMethods.attach("pm_card_visa", { customer: clocked.id });
  await world.stripe.customers.update(clocked.id, { invoice_settings: { default_payment_method: method.id } });
  const price = await monthlyPrice(world, 2_900);
  const subscription = await world.stripe.subscriptions.create({ customer: clocked.id, items: [{ price }] });
  const free = await customerWithCard(world);
  await world.stripe.subscriptions.create({ customer: free.customer, items: [{ price }] });
  expect(subscription).toMatchObject({ created: start, test_clock: frozen.id });
  expect(subscription.items.data[0]?.current_period_end).toBe(Date.UTC(2030, 1, 28, 12) / 1000);

  const target = Date.UTC(2030, 2, 1) / 1000;
  const advancing = await testClocks.advance(frozen.id, { frozen_time: target });
  expect(advancing).toMatchObject({
    status: "advancing",
    status_details: { advancing: { target_frozen_time: target } },
  });
  await vi.waitFor(async () => {
    const now = await testClocks.retrieve(frozen.id);
    expect(now).toMatchObject({ status: "ready", frozen_time: target });
  }, 20_000);
  const invoices = await world.stripe.invoices.list({ customer: clocked.id });
  expect(invoices.data.map(({ status, created }) => [status, created])).toEqual([
    ["paid", Date.UTC(2030, 1, 28, 12) / 1000],
    ["paid", start],
  ]);
  expect((await world.stripe.invoices.list({ customer: free.customer })).data).toHaveLength(1);
  expect(Math.abs(world.now() - Date.now() / 1000)).toBeLessThan(60);
  await world.emulator.settle();
  const types = receiver.bodies.map(({ body }) => (JSON.parse(body) as { type: string }).type);
  expect(types).toContain("test_helpers.test_clock.ready");
});

test("a test clock does not go back, and takes its customers with it when it is deleted", async () => {
  const world = await startWorld();
  const { testClocks } = world.stripe.testHelpers;
  const { id } = await testClocks.create({ frozen_time: 1_900_000_000 });
  await expect(testClocks.advance(id, { frozen_time: 1_900_000_000 })).rejects.toMatchObject({ param: "frozen_time" });
  const customer = await world.stripe.customers.create({ test_clock: id });
  await testClocks.del(id);
  expect(await world.stripe.customers.retrieve(customer.id)).toMatchObject({ deleted: true });
  await expect(testClocks.retrieve(id)).rejects.toMatchObject({ statusCode: 404 });
});

test("a reset forgets everything but the endpoints that were given at the start", async () => {
  const receiver = await startReceiver();
  const world = await startWorld({ webhookEndpoints: [{ url: receiver.url, secret: "whsec_test" }] });
  await world.advance(40 * day);
  await world.stripe.customers.create({}, { idempotencyKey: "k1" });
  await world.stripe.webhookEndpoints.create({ url: "http://127.0.0.1:9/gone", enabled_events: ["*"] });
  const answer = await fetch(`${world.emulator.url}/_emulator/reset`, { method: "POST" });
  expect(answer.status).toBe(200);
  expect((await world.stripe.customers.list()).data).toEqual([]);
  expect((await world.stripe.events.list()).data).toEqual([]);
  expect((await world.stripe.webhookEndpoints.list()).data.map(({ url }) => url)).toEqual([receiver.url]);
  expect(Math.abs(world.now() - Date.now() / 1000)).toBeLessThan(60);
  receiver.bodies.length = 0;
  await world.stripe.customers.create({ name: "new" }, { idempotencyKey: "k1" });
  await world.emulator.settle();
  const { body = "", signature = "" } = receiver.bodies[0] ?? {};
  expect(world.stripe.webhooks.constructEvent(body, signature, "whsec_test").type).toBe("customer.created");
});
