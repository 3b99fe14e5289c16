import type Stripe from "stripe";
import { expect, test } from "vitest";
import { customerWithCard, day, monthlyPrice, startReceiver, startWorld, type World } from "./world.ts";

async function subscribed(world: World, amount = 2_900, card = "pm_card_visa") {
  const { customer, method } = await customerWithCard(world, card);
  const price = await monthlyPrice(world, amount, "Pro");
  const subscription = await world.stripe.subscriptions.create({ customer, items: [{ price }] });
  return { customer, method, price, subscription };
}

const period = (subscription: Stripe.Subscription) => {
  const [item] = subscription.items.data;
  return {
    start: item?.current_period_start ?? 0,
    end: item?.current_period_end ?? 0,
    item: item?.id ?? "",
    price: item?.price.id,
  };
};

test("a new subscription is charged at once and active", async () => {
  const world = await startWorld();
  const { subscription, customer } = await subscribed(world);
  expect(subscription.status).toBe("active");
  const invoice = await world.stripe.invoices.retrieve(String(subscription.latest_invoice), { expand: ["payments"] });
  expect(invoice).toMatchObject({
    status: "paid",
    amount_due: 2_900,
    amount_paid: 2_900,
    billing_reason: "subscription_create",
  });
  expect(invoice.number).toMatch(/-0001$/);
  expect(invoice.lines.data).toMatchObject([{ amount: 2_900, parent: { type: "subscription_item_details" } }]);
  expect(invoice.payments?.data).toMatchObject([{ status: "paid", amount_paid: 2_900 }]);
  const charges = await world.stripe.charges.list({ customer });
  expect(charges.data).toMatchObject([{ amount: 2_900, status: "succeeded" }]);
});

test("a renewal makes a draft, opens it an hour later, and is paid", async () => {
  const world = await startWorld();
  const { subscription, customer } = await subscribed(world);
  const { end } = period(subscription);
  await world.advance(end - world.now());
  const list = () => world.stripe.invoices.list({ customer });
  expect((await list()).data[0]).toMatchObject({ status: "draft", billing_reason: "subscription_cycle" });
  await world.advance(3_601);
  const [renewal] = (await list()).data;
  expect(renewal).toMatchObject({ status: "paid", amount_paid: 2_900, period_end: end });
  expect(renewal?.lines.data[0]?.period.start).toBe(end);
  const after = await world.stripe.subscriptions.retrieve(subscription.id);
  expect(period(after).start).toBe(end);
  expect(after.latest_invoice).toBe(renewal?.id);
});

test("an anchor on the 31st keeps its day through shorter months", async () => {
  const world = await startWorld();
  const now = new Date(world.emulator.clock.now());
  const january31 = Date.UTC(now.getUTCFullYear() + 1, 0, 31, 12);
  await world.emulator.clock.advance(new Date(january31));
  const { subscription } = await subscribed(world);
  const ends: string[] = [];
  let current = subscription;
  for (let i = 0; i < 3; i++) {
    ends.push(new Date(period(current).end * 1000).toISOString().slice(5, 10));
    await world.advance(period(current).end - world.now() + 7_200);
    current = await world.stripe.subscriptions.retrieve(subscription.id);
  }
  const leap = new Date(Date.UTC(now.getUTCFullYear() + 1, 2, 0)).getUTCDate();
  expect(ends).toEqual([`02-${leap}`, "03-31", "04-30"]);
});

test("an upgrade in the middle charges the difference to the second", async () => {
  const world = await startWorld();
  const { subscription, customer } = await subscribed(world, 3_000);
  const dear = await monthlyPrice(world, 9_000, "Enterprise");
  const { start, end, item } = period(subscription);
  // A third of the period is over: 2/3 of 30.00 come back, 2/3 of 90.00 are due.
  const at = start + Math.floor((end - start) / 3);
  await world.advance(at - world.now());
  const preview = await world.stripe.invoices.createPreview({
    customer,
    subscription: subscription.id,
    subscription_details: {
      items: [{ id: item, price: dear }],
      proration_behavior: "always_invoice",
      proration_date: at,
    },
  });
  expect(preview.lines.data.map((line) => line.amount)).toEqual([-2_000, 6_000]);
  expect(preview).toMatchObject({ amount_due: 4_000, status: "draft" });
  expect((await world.stripe.invoices.list({ customer })).data).toHaveLength(1);
  const upgraded = await world.stripe.subscriptions.update(subscription.id, {
    items: [{ id: item, price: dear }],
    proration_behavior: "always_invoice",
    proration_date: at,
    payment_behavior: "error_if_incomplete",
  });
  expect(period(upgraded)).toMatchObject({ start, end, item, price: dear });
  const invoice = await world.stripe.invoices.retrieve(String(upgraded.latest_invoice));
  expect(invoice).toMatchObject({ status: "paid", total: 4_000, billing_reason: "subscription_update" });
  expect(invoice.lines.data.map((line) => line.parent?.subscription_item_details?.proration)).toEqual([true, true]);
});

test("an upgrade that the card declines changes nothing at all", async () => {
  const world = await startWorld();
  const { subscription, customer } = await subscribed(world);
  const bad = await world.stripe.paymentMethods.attach("pm_card_chargeCustomerFail", { customer });
  await world.stripe.customers.update(customer, { invoice_settings: { default_payment_method: bad.id } });
  const dear = await monthlyPrice(world, 9_000);
  const before = await world.stripe.subscriptions.retrieve(subscription.id);
  await expect(
    world.stripe.subscriptions.update(subscription.id, {
      items: [{ id: period(before).item, price: dear }],
      proration_behavior: "always_invoice",
      payment_behavior: "error_if_incomplete",
    }),
  ).rejects.toMatchObject({ statusCode: 402, code: "card_declined" });
  expect(await world.stripe.subscriptions.retrieve(subscription.id)).toEqual(before);
  expect((await world.stripe.invoices.list({ customer })).data).toHaveLength(1);
});

test("a first payment that is declined leaves no subscription with error_if_incomplete, an incomplete one without", async () => {
  const world = await startWorld();
  const { customer } = await customerWithCard(world, "pm_card_chargeCustomerFail");
  const price = await monthlyPrice(world, 2_900);
  const items = [{ price }];
  await expect(
    world.stripe.subscriptions.create({ customer, items, payment_behavior: "error_if_incomplete" }),
  ).rejects.toMatchObject({ statusCode: 402 });
  expect((await world.stripe.subscriptions.list({ customer, status: "all" })).data).toEqual([]);
  const subscription = await world.stripe.subscriptions.create({ customer, items });
  expect(subscription.status).toBe("incomplete");
  await world.advance(24 * 3_600);
  expect((await world.stripe.subscriptions.retrieve(subscription.id)).status).toBe("incomplete_expired");
});

test("a card that begins to decline: past due, tried again after 3, 5 and 7 days, then canceled", async () => {
  const world = await startWorld();
  const { subscription, customer } = await subscribed(world);
  const bad = await world.stripe.paymentMethods.attach("pm_card_chargeCustomerFail", { customer });
  await world.stripe.customers.update(customer, { invoice_settings: { default_payment_method: bad.id } });
  await world.advance(period(subscription).end - world.now() + 3_700);
  const late = await world.stripe.subscriptions.retrieve(subscription.id, { expand: ["latest_invoice"] });
  expect(late.status).toBe("past_due");
  expect(late.latest_invoice).toMatchObject({ status: "open", attempt_count: 1 });
  await world.advance(14 * day);
  expect((await world.stripe.subscriptions.retrieve(subscription.id)).status).toBe("past_due");
  await world.advance(2 * day);
  const over = await world.stripe.subscriptions.retrieve(subscription.id, { expand: ["latest_invoice"] });
  expect(over).toMatchObject({ status: "canceled", cancellation_details: { reason: "payment_failed" } });
  expect(over.latest_invoice).toMatchObject({ attempt_count: 4 });
});

test("a new card brings a late subscription back at the next try", async () => {
  const world = await startWorld();
  const { subscription, customer, method } = await subscribed(world);
  const bad = await world.stripe.paymentMethods.attach("pm_card_chargeCustomerFail", { customer });
  await world.stripe.customers.update(customer, { invoice_settings: { default_payment_method: bad.id } });
  await world.advance(period(subscription).end - world.now() + 3_700);
  await world.stripe.customers.update(customer, { invoice_settings: { default_payment_method: method } });
  await world.advance(3 * day);
  expect((await world.stripe.subscriptions.retrieve(subscription.id)).status).toBe("active");
});

test("a schedule changes the price exactly at the period's end, without proration", async () => {
  const world = await startWorld();
  const { subscription, customer, price } = await subscribed(world, 9_000);
  const cheap = await monthlyPrice(world, 1_000);
  const { start, end } = period(subscription);
  const schedule = await world.stripe.subscriptionSchedules.create({ from_subscription: subscription.id });
  await world.stripe.subscriptionSchedules.update(schedule.id, {
    end_behavior: "release",
    phases: [
      { items: [{ price, quantity: 1 }], start_date: start, end_date: end },
      {
        items: [{ price: cheap, quantity: 1 }],
        start_date: end,
        duration: { interval: "month" },
        proration_behavior: "none",
      },
    ],
  });
  expect((await world.stripe.subscriptions.retrieve(subscription.id)).schedule).toBe(schedule.id);
  await world.advance(end - world.now() + 3_700);
  const after = await world.stripe.subscriptions.retrieve(subscription.id, { expand: ["latest_invoice"] });
  expect(period(after).price).toBe(cheap);
  expect(after.latest_invoice).toMatchObject({ total: 1_000, status: "paid" });
  await world.advance(32 * day);
  expect((await world.stripe.subscriptions.retrieve(subscription.id)).schedule).toBeNull();
  expect((await world.stripe.invoices.list({ customer })).data.map((invoice) => invoice.total)).toEqual([
    1_000, 1_000, 9_000,
  ]);
});

test("cancel at the period's end keeps it until then, cancel now ends it now", async () => {
  const world = await startWorld();
  const { subscription } = await subscribed(world);
  const { end } = period(subscription);
  const ending = await world.stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true });
  expect(ending).toMatchObject({ status: "active", cancel_at_period_end: true, cancel_at: end });
  await world.advance(end - world.now());
  const over = await world.stripe.subscriptions.retrieve(subscription.id);
  expect(over).toMatchObject({ status: "canceled", ended_at: end });
  const second = await subscribed(world);
  expect((await world.stripe.subscriptions.cancel(second.subscription.id)).status).toBe("canceled");
});

test("the events of a renewal tell the whole story", async () => {
  const receiver = await startReceiver();
  const world = await startWorld({ webhookEndpoints: [{ url: receiver.url, secret: "whsec_test" }] });
  const { subscription } = await subscribed(world);
  await world.emulator.settle();
  receiver.bodies.length = 0;
  await world.advance(period(subscription).end - world.now() + 3_700);
  const events = receiver.bodies.map(({ body }) => JSON.parse(body) as Stripe.Event);
  const types = events.map((event) => event.type);
  for (const type of [
    "invoice.created",
    "customer.subscription.updated",
    "invoice.finalized",
    "charge.succeeded",
    "invoice.paid",
  ])
    expect(types).toContain(type);
  const renewal = events.find((event) => event.type === "customer.subscription.updated");
  expect(renewal?.created).toBe(period(subscription).end);
});
