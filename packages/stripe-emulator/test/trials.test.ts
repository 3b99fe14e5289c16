import type Stripe from "stripe";
import { expect, test } from "vitest";
import { customerWithCard, day, monthlyPrice, startReceiver, startWorld, type World } from "./world.ts";

const invoices = async (world: World, customer: string) => (await world.stripe.invoices.list({ customer })).data;
const status = async (world: World, id: string) => (await world.stripe.subscriptions.retrieve(id)).status;

test("a trial bills nothing, gives notice three days before it ends, and is followed by a paid period", async () => {
  const receiver = await startReceiver();
  const world = await startWorld({ webhookEndpoints: [{ url: receiver.url, secret: "whsec_test" }] });
  const { customer } = await customerWithCard(world);
  const price = await monthlyPrice(world, 2_900);
  const subscription = await world.stripe.subscriptions.create({ customer, items: [{ price }], trial_period_days: 14 });
  const end = subscription.created + 14 * day;
  expect(subscription).toMatchObject({
    status: "trialing",
    trial_start: subscription.created,
    trial_end: end,
    billing_cycle_anchor: end,
    items: { data: [{ current_period_end: end }] },
  });
  const [first] = await invoices(world, customer);
  expect(first).toMatchObject({ status: "paid", total: 0, billing_reason: "subscription_create" });
  expect(first?.lines.data).toMatchObject([{ amount: 0, description: expect.stringContaining("Free trial") }]);
  const notices = () =>
    receiver.bodies.filter(({ body }) => body.includes('"customer.subscription.trial_will_end"')).length;
  await world.advance(11 * day - 600);
  expect(notices()).toBe(0);
  await world.advance(600);
  expect(notices()).toBe(1);
  await world.advance(3 * day + 3_700);
  const after = await world.stripe.subscriptions.retrieve(subscription.id, { expand: ["latest_invoice"] });
  expect(after).toMatchObject({
    status: "active",
    latest_invoice: { status: "paid", total: 2_900, billing_reason: "subscription_cycle" },
  });
  expect(after.items.data[0]?.current_period_start).toBe(end);
});

test.each([
  ["cancel", "canceled"],
  ["pause", "paused"],
  ["create_invoice", "past_due"],
] as const)("a trial that ends without a way to pay, with %s: %s", async (missing_payment_method, expected) => {
  const world = await startWorld();
  const { id: customer } = await world.stripe.customers.create();
  const subscription = await world.stripe.subscriptions.create({
    customer,
    items: [{ price: await monthlyPrice(world, 2_900) }],
    trial_end: world.now() + 7 * day,
    trial_settings: { end_behavior: { missing_payment_method } },
  });
  await world.advance(7 * day + 3_700);
  expect(await status(world, subscription.id)).toBe(expected);
});

test("a paused subscription is resumed by paying, and its cycle begins anew", async () => {
  const world = await startWorld();
  const { id: customer } = await world.stripe.customers.create();
  const { id } = await world.stripe.subscriptions.create({
    customer,
    items: [{ price: await monthlyPrice(world, 2_900) }],
    trial_period_days: 7,
    trial_settings: { end_behavior: { missing_payment_method: "pause" } },
  });
  await expect(world.stripe.subscriptions.resume(id)).rejects.toMatchObject({ code: "subscription_not_paused" });
  await world.advance(40 * day);
  expect(await invoices(world, customer)).toHaveLength(1);
  const card = await world.stripe.paymentMethods.attach("pm_card_visa", { customer });
  await world.stripe.customers.update(customer, { invoice_settings: { default_payment_method: card.id } });
  const resumed = await world.stripe.subscriptions.resume(id, { billing_cycle_anchor: { type: "now" } });
  expect(resumed.status).toBe("active");
  expect(resumed.items.data[0]?.current_period_start).toBe(resumed.billing_cycle_anchor);
  expect((await invoices(world, customer))[0]).toMatchObject({ status: "paid", total: 2_900 });
  const types = (await world.stripe.events.list({ limit: 100 })).data.map((event) => event.type);
  expect(types).toContain("customer.subscription.paused");
  expect(types).toContain("customer.subscription.resumed");
});

test("a paused subscription can wait for its payment, or go on and be past due", async () => {
  const world = await startWorld();
  const paused = async () => {
    const { id: customer } = await world.stripe.customers.create();
    const { id } = await world.stripe.subscriptions.create({
      customer,
      items: [{ price: await monthlyPrice(world, 2_900) }],
      trial_period_days: 1,
      trial_settings: { end_behavior: { missing_payment_method: "pause" } },
    });
    return { customer, id };
  };
  const [waits, goesOn] = [await paused(), await paused()];
  await world.advance(2 * day);
  const payment_behavior = "resume_on_payment_success";
  expect(await world.stripe.subscriptions.resume(waits.id, { payment_behavior })).toMatchObject({ status: "paused" });
  expect(await world.stripe.subscriptions.resume(goesOn.id)).toMatchObject({ status: "past_due" });
  const [open] = await invoices(world, waits.customer);
  await world.stripe.invoices.pay(open?.id ?? "", { payment_method: "pm_card_visa" });
  expect(await status(world, waits.id)).toBe("active");
});

test("a trial ends now, is prolonged, and is changed without money", async () => {
  const world = await startWorld();
  const { customer } = await customerWithCard(world);
  const create = async () =>
    world.stripe.subscriptions.create({
      customer,
      items: [{ price: await monthlyPrice(world, 2_900) }],
      trial_period_days: 14,
    });
  const longer = await create();
  const trial_end = world.now() + 30 * day;
  const dear = await monthlyPrice(world, 9_900);
  await world.advance(day);
  const changed = await world.stripe.subscriptions.update(longer.id, {
    trial_end,
    items: [{ id: longer.items.data[0]?.id ?? "", price: dear }],
    proration_behavior: "always_invoice",
  });
  expect(changed).toMatchObject({ status: "trialing", trial_end, billing_cycle_anchor: trial_end });
  expect((await invoices(world, customer)).map((invoice) => invoice.total)).toEqual([0]);
  const shorter = await create();
  const ended = await world.stripe.subscriptions.update(shorter.id, { trial_end: "now" });
  expect(ended.status).toBe("active");
  expect((await invoices(world, customer))[0]).toMatchObject({ status: "paid", total: 2_900 });
  await expect(world.stripe.subscriptions.update(shorter.id, { trial_end: world.now() - 5 })).rejects.toMatchObject({
    param: "trial_end",
  });
  await world.advance(30 * day);
  expect((await world.stripe.invoices.list({ subscription: longer.id })).data[0]).toMatchObject({ total: 9_900 });
});

test("a trial put on an active subscription gives back the rest of its period", async () => {
  const world = await startWorld();
  const { customer } = await customerWithCard(world);
  const subscription = await world.stripe.subscriptions.create({
    customer,
    items: [{ price: await monthlyPrice(world, 3_000) }],
  });
  const end = subscription.items.data[0]?.current_period_end ?? 0;
  const at = subscription.created + Math.floor((end - subscription.created) / 2);
  await world.advance(at - world.now());
  const trial = await world.stripe.subscriptions.update(subscription.id, {
    trial_end: end + 10 * day,
    proration_date: at,
  });
  expect(trial.status).toBe("trialing");
  await world.advance(end + 10 * day - world.now() + 3_700);
  const [paid] = await invoices(world, customer);
  expect(paid?.lines.data.map((line) => line.amount).sort((a, b) => a - b)).toEqual([-1_500, 3_000]);
});

test("a trial without a card asks for one through a setup intent, and keeps it", async () => {
  const world = await startWorld();
  const { id: customer } = await world.stripe.customers.create();
  const subscription = await world.stripe.subscriptions.create({
    customer,
    items: [{ price: await monthlyPrice(world, 2_900) }],
    trial_period_days: 7,
    payment_behavior: "default_incomplete",
    payment_settings: { save_default_payment_method: "on_subscription" },
    expand: ["pending_setup_intent"],
  });
  const intent = subscription.pending_setup_intent as Stripe.SetupIntent;
  expect(intent).toMatchObject({ object: "setup_intent", status: "requires_payment_method", customer });
  await world.stripe.setupIntents.confirm(intent.id, { payment_method: "pm_card_visa" });
  const after = await world.stripe.subscriptions.retrieve(subscription.id);
  expect(after).toMatchObject({ pending_setup_intent: null, default_payment_method: expect.stringMatching(/^pm_/) });
  await world.advance(7 * day + 3_700);
  expect(await status(world, subscription.id)).toBe("active");
});
