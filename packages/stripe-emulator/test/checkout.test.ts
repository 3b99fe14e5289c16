import type Stripe from "stripe";
import { expect, test } from "vitest";
import { monthlyPrice, startReceiver, startWorld, type World } from "./world.ts";

const success_url = "https://shop.example/done?session={CHECKOUT_SESSION_ID}";
const cancel_url = "https://shop.example/cart";

async function oneTime(world: World, amount = 4_900, name = "Template") {
  const product = await world.stripe.products.create({ name });
  return (await world.stripe.prices.create({ product: product.id, currency: "usd", unit_amount: amount })).id;
}

/** What a browser sends when somebody fills in the page. */
async function submit(url: string | null, number = "4242424242424242", more: Record<string, string> = {}) {
  const answer = await fetch(String(url), {
    method: "POST",
    redirect: "manual",
    body: new URLSearchParams({
      email: "ada@example.com",
      number,
      expiry: "12/40",
      cvc: "123",
      name: "Ada",
      step: "pay",
      ...more,
    }),
  });
  return { status: answer.status, location: answer.headers.get("location") ?? "", text: await answer.text() };
}

test("a payment: declined, then paid, and told by an event with all it should have", async () => {
  const receiver = await startReceiver();
  const world = await startWorld({ webhookEndpoints: [{ url: receiver.url, secret: "whsec_test" }] });
  const price = await oneTime(world);
  const session = await world.stripe.checkout.sessions.create({
    mode: "payment",
    line_items: [{ price, quantity: 2 }],
    success_url,
    cancel_url,
    client_reference_id: "order_7",
    metadata: { order: "7" },
    payment_intent_data: { metadata: { order: "7" }, transfer_group: "order_7" },
  });
  expect(session).toMatchObject({
    status: "open",
    payment_status: "unpaid",
    amount_total: 9_800,
    currency: "usd",
    url: expect.stringContaining("/_emulator/checkout/cs_test_"),
    payment_intent: null,
  });
  expect(session).not.toHaveProperty("line_items");
  const declined = await submit(session.url, "4000000000009995");
  expect(declined).toMatchObject({ status: 402, text: expect.stringContaining("insufficient funds") });
  expect((await world.stripe.paymentIntents.list()).data).toEqual([]);
  const paid = await submit(session.url);
  expect(paid).toMatchObject({ status: 303, location: `https://shop.example/done?session=${session.id}` });
  const after = await world.stripe.checkout.sessions.retrieve(session.id, { expand: ["payment_intent", "line_items"] });
  expect(after).toMatchObject({
    status: "complete",
    payment_status: "paid",
    url: null,
    client_reference_id: "order_7",
    customer: null,
    customer_details: { email: "ada@example.com", name: "Ada" },
    payment_intent: { status: "succeeded", amount: 9_800, metadata: { order: "7" }, transfer_group: "order_7" },
    line_items: { data: [{ quantity: 2, amount_total: 9_800 }] },
  });
  expect((await world.stripe.checkout.sessions.listLineItems(session.id)).data).toHaveLength(1);
  await world.emulator.settle();
  const completed = receiver.bodies
    .map(({ body }) => JSON.parse(body) as Stripe.Event)
    .filter((event) => event.type === "checkout.session.completed");
  expect(completed).toMatchObject([
    { data: { object: { id: session.id, payment_status: "paid", metadata: { order: "7" } } } },
  ]);
  expect(await submit(session.url)).toMatchObject({ status: 400 });
  expect((await world.stripe.charges.list()).data).toHaveLength(1);
});

test("a subscription: a customer is made, the card kept, the plan's data handed on", async () => {
  const world = await startWorld();
  const price = await monthlyPrice(world, 2_900, "Pro");
  const setup = await oneTime(world, 1_000, "Setting up");
  const session = await world.stripe.checkout.sessions.create({
    mode: "subscription",
    line_items: [
      { price, quantity: 3 },
      { price: setup, quantity: 1 },
    ],
    success_url,
    customer_email: "ada@example.com",
    subscription_data: { metadata: { subject: "usr_1" } },
  });
  expect(session.amount_total).toBe(9_700);
  expect((await submit(session.url, "4000000000000002")).status).toBe(402);
  expect((await world.stripe.customers.list()).data).toEqual([]);
  expect((await submit(session.url)).status).toBe(303);
  const done = await world.stripe.checkout.sessions.retrieve(session.id, { expand: ["subscription", "invoice"] });
  expect(done).toMatchObject({
    status: "complete",
    payment_status: "paid",
    subscription: {
      status: "active",
      metadata: { subject: "usr_1" },
      default_payment_method: expect.stringMatching(/^pm_/),
    },
    invoice: { status: "paid", amount_paid: 9_700, billing_reason: "subscription_create" },
  });
  expect(
    (await world.stripe.subscriptions.list({ customer: String(done.customer) })).data[0]?.items.data[0]?.quantity,
  ).toBe(3);
});

test("a trial asks for a card and charges nothing; with if_required it asks for none", async () => {
  const world = await startWorld();
  const price = await monthlyPrice(world, 2_900, "Pro");
  const create = (payment_method_collection: "always" | "if_required") =>
    world.stripe.checkout.sessions.create({
      mode: "subscription",
      line_items: [{ price, quantity: 1 }],
      success_url,
      payment_method_collection,
      subscription_data: { trial_period_days: 14 },
    });
  const always = await create("always");
  expect(always.amount_total).toBe(0);
  expect((await submit(always.url, "")).status).toBe(400);
  await submit(always.url);
  const done = await world.stripe.checkout.sessions.retrieve(always.id, { expand: ["subscription"] });
  expect(done).toMatchObject({
    status: "complete",
    payment_status: "no_payment_required",
    subscription: { status: "trialing", default_payment_method: expect.stringMatching(/^pm_/) },
  });
  const free = await create("if_required");
  expect(await (await fetch(String(free.url))).text()).not.toContain("cc-number");
  await submit(free.url);
  expect((await world.stripe.checkout.sessions.retrieve(free.id)).status).toBe("complete");
  expect((await world.stripe.charges.list()).data).toEqual([]);
});

test("a setup keeps the card of a customer", async () => {
  const world = await startWorld();
  const { id: customer } = await world.stripe.customers.create({ email: "ada@example.com" });
  const session = await world.stripe.checkout.sessions.create({
    mode: "setup",
    currency: "usd",
    customer,
    success_url,
    setup_intent_data: { metadata: { why: "later" } },
  });
  expect(session).toMatchObject({ amount_total: null, payment_status: "no_payment_required" });
  await submit(session.url);
  const done = await world.stripe.checkout.sessions.retrieve(session.id, { expand: ["setup_intent"] });
  expect(done).toMatchObject({ status: "complete", setup_intent: { status: "succeeded", metadata: { why: "later" } } });
  expect((await world.stripe.paymentMethods.list({ customer })).data).toHaveLength(1);
});

test("discounts and typed-in codes lower what is due, and last on the subscription", async () => {
  const world = await startWorld();
  const coupon = await world.stripe.coupons.create({ percent_off: 50, duration: "forever" });
  await world.stripe.promotionCodes.create({ promotion: { type: "coupon", coupon: coupon.id }, code: "HALF" });
  const price = await monthlyPrice(world, 2_900, "Pro");
  const given = await world.stripe.checkout.sessions.create({
    mode: "subscription",
    line_items: [{ price, quantity: 1 }],
    success_url,
    discounts: [{ coupon: coupon.id }],
  });
  expect(given).toMatchObject({
    amount_subtotal: 2_900,
    amount_total: 1_450,
    total_details: { amount_discount: 1_450 },
  });
  await submit(given.url);
  const done = await world.stripe.checkout.sessions.retrieve(given.id, { expand: ["subscription", "invoice"] });
  expect(done.invoice).toMatchObject({ total: 1_450, status: "paid" });
  expect((done.subscription as Stripe.Subscription).discounts).toHaveLength(1);
  const typed = await world.stripe.checkout.sessions.create({
    mode: "payment",
    line_items: [{ price: await oneTime(world), quantity: 1 }],
    success_url,
    allow_promotion_codes: true,
  });
  expect((await submit(typed.url, "", { step: "code", promotion_code: "NONE" })).text).toContain("not known");
  expect((await submit(typed.url, "", { step: "code", promotion_code: "half" })).status).toBe(303);
  await submit(typed.url);
  expect(
    (await world.stripe.checkout.sessions.retrieve(typed.id, { expand: ["payment_intent"] })).payment_intent,
  ).toMatchObject({ amount: 2_450 });
});

test("a session expires by call and by time, and then takes nothing", async () => {
  const world = await startWorld();
  const price = await oneTime(world);
  const create = (expires_at?: number) =>
    world.stripe.checkout.sessions.create({
      mode: "payment",
      line_items: [{ price, quantity: 1 }],
      success_url,
      ...(expires_at === undefined ? {} : { expires_at }),
    });
  const called = await create();
  const timed = await create(world.now() + 1_860);
  await expect(create(world.now() + 60)).rejects.toMatchObject({ param: "expires_at" });
  expect(await world.stripe.checkout.sessions.expire(called.id)).toMatchObject({ status: "expired", url: null });
  await world.advance(1_861);
  expect((await world.stripe.checkout.sessions.retrieve(timed.id)).status).toBe("expired");
  for (const { url } of [called, timed]) expect((await submit(url)).status).toBe(400);
  await expect(world.stripe.checkout.sessions.expire(timed.id)).rejects.toMatchObject({ statusCode: 400 });
  expect((await world.stripe.events.list({ type: "checkout.session.expired" })).data).toHaveLength(2);
});

test("what cannot be is refused by name", async () => {
  const world = await startWorld();
  const recurring = await monthlyPrice(world, 2_900);
  const price = await oneTime(world);
  const create = (params: Stripe.Checkout.SessionCreateParams) =>
    world.stripe.checkout.sessions.create({ success_url, ...params });
  for (const [params, param] of [
    [{ mode: "payment", line_items: [{ price: recurring, quantity: 1 }] }, "line_items[0][price]"],
    [{ mode: "subscription", line_items: [{ price, quantity: 1 }] }, "line_items"],
    [{ mode: "payment", line_items: [{ price }] }, "line_items[0][quantity]"],
    [{ mode: "payment" }, "line_items"],
    [
      { mode: "payment", line_items: [{ price, quantity: 1 }], subscription_data: { description: "x" } },
      "subscription_data",
    ],
    [{ mode: "payment", line_items: [{ price, quantity: 1 }], success_url: "shop" }, "success_url"],
    [{ mode: "payment", line_items: [{ price: "price_none", quantity: 1 }] }, "line_items[0][price]"],
  ] as const) {
    await expect(create(params as unknown as Stripe.Checkout.SessionCreateParams)).rejects.toMatchObject({
      statusCode: 400,
      param,
    });
  }
});
