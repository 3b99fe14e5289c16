import { expect, test } from "vitest";
import { customerWithCard, day, monthlyPrice, startWorld, type World } from "./world.ts";

/** A subscription whose card stopped working, an hour after its renewal. */
async function late(world: World) {
  const { customer, method } = await customerWithCard(world);
  const { id, items } = await world.stripe.subscriptions.create({
    customer,
    items: [{ price: await monthlyPrice(world, 2_900) }],
  });
  const bad = await world.stripe.paymentMethods.attach("pm_card_chargeCustomerFail", { customer });
  await world.stripe.customers.update(customer, { invoice_settings: { default_payment_method: bad.id } });
  await world.advance((items.data[0]?.current_period_end ?? 0) - world.now() + 3_700);
  return { customer, method, id };
}
const status = async (world: World, id: string) => (await world.stripe.subscriptions.retrieve(id)).status;
const invoices = async (world: World, customer: string) => (await world.stripe.invoices.list({ customer })).data;

test("marked unpaid after the last try, its invoices stay drafts, and paying the open one revives it", async () => {
  const world = await startWorld({ billing: { afterLastRetry: "unpaid", retryDays: [1, 2] } });
  const { customer, method, id } = await late(world);
  expect(await status(world, id)).toBe("past_due");
  await world.advance(3 * day + 60);
  expect(await status(world, id)).toBe("unpaid");
  expect((await invoices(world, customer))[0]).toMatchObject({ status: "open", attempt_count: 3 });
  await world.advance(31 * day);
  expect((await invoices(world, customer))[0]).toMatchObject({ status: "draft", auto_advance: false });
  expect(await status(world, id)).toBe("unpaid");
  const open = (await invoices(world, customer)).find((invoice) => invoice.status === "open");
  await world.stripe.invoices.pay(open?.id ?? "", { payment_method: method, off_session: true });
  expect(await status(world, id)).toBe("active");
});

test("left past due after the last try, it goes on renewing", async () => {
  const world = await startWorld();
  world.emulator.configureBilling({ afterLastRetry: "past_due", retryDays: [] });
  const { customer, id } = await late(world);
  await world.advance(62 * day);
  expect(await status(world, id)).toBe("past_due");
  expect((await invoices(world, customer)).map((invoice) => invoice.status)).toEqual(["open", "open", "open", "paid"]);
});

test("the settings are changed over HTTP, and a bad one is refused", async () => {
  const { emulator } = await startWorld();
  const post = async (body: object) => {
    const answer = await fetch(`${emulator.url}/_emulator/settings`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    return { status: answer.status, body: (await answer.json()) as object };
  };
  expect(await post({ afterLastRetry: "unpaid" })).toEqual({
    status: 200,
    body: { afterLastRetry: "unpaid", retryDays: [3, 5, 7] },
  });
  for (const bad of [{ afterLastRetry: "explode" }, { retryDays: [0] }, { retryDays: "3" }, { retries: 3 }])
    expect((await post(bad)).status).toBe(400);
  await emulator.reset();
  expect(await (await fetch(`${emulator.url}/_emulator/settings`)).json()).toMatchObject({ afterLastRetry: "cancel" });
});

test.each([
  ["keep_as_draft", "draft"],
  ["mark_uncollectible", "uncollectible"],
  ["void", "void"],
] as const)("paused collection, %s: a renewal's invoice is %s, and nothing is charged", async (behavior, expected) => {
  const world = await startWorld();
  const { customer } = await customerWithCard(world);
  const { id } = await world.stripe.subscriptions.create({
    customer,
    items: [{ price: await monthlyPrice(world, 2_900) }],
  });
  const resumes_at = world.now() + 40 * day;
  const paused = await world.stripe.subscriptions.update(id, { pause_collection: { behavior, resumes_at } });
  expect(paused).toMatchObject({ status: "active", pause_collection: { behavior, resumes_at } });
  await world.advance(32 * day);
  expect((await invoices(world, customer))[0]?.status).toBe(expected);
  expect((await world.stripe.charges.list({ customer })).data).toHaveLength(1);
  await world.advance(31 * day);
  expect((await world.stripe.subscriptions.retrieve(id)).pause_collection).toBeNull();
  expect((await invoices(world, customer))[0]).toMatchObject({ status: "paid" });
  await world.stripe.subscriptions.update(id, { pause_collection: { behavior: "void" } });
  expect((await world.stripe.subscriptions.update(id, { pause_collection: "" })).pause_collection).toBeNull();
});

test("cancel_at ends a subscription at its time, and can be taken back", async () => {
  const world = await startWorld();
  const { customer } = await customerWithCard(world);
  const items = [{ price: await monthlyPrice(world, 2_900) }];
  const cancel_at = world.now() + 10 * day;
  const first = await world.stripe.subscriptions.create({ customer, items, cancel_at });
  const second = await world.stripe.subscriptions.create({ customer, items });
  await world.stripe.subscriptions.update(second.id, { cancel_at });
  await world.stripe.subscriptions.update(second.id, { cancel_at: "" });
  await world.advance(10 * day);
  expect(await world.stripe.subscriptions.retrieve(first.id)).toMatchObject({
    status: "canceled",
    ended_at: cancel_at,
  });
  expect(await status(world, second.id)).toBe("active");
});

test("canceling in the middle with prorate and invoice_now gives back the rest", async () => {
  const world = await startWorld();
  const { customer } = await customerWithCard(world);
  const { id, items } = await world.stripe.subscriptions.create({
    customer,
    items: [{ price: await monthlyPrice(world, 3_000) }],
  });
  const { current_period_start: start = 0, current_period_end: end = 0 } = items.data[0] ?? {};
  await world.advance(start + (end - start) / 2 - world.now());
  const over = await world.stripe.subscriptions.cancel(id, {
    prorate: true,
    invoice_now: true,
    cancellation_details: { comment: "too dear", feedback: "too_expensive" },
  });
  expect(over).toMatchObject({
    status: "canceled",
    cancellation_details: { comment: "too dear", feedback: "too_expensive" },
  });
  const [final] = await invoices(world, customer);
  expect(Math.abs((final?.total ?? 0) + 1_500)).toBeLessThanOrEqual(1);
  expect((await world.stripe.customers.retrieve(customer)) as object).toMatchObject({ balance: final?.total });
});

test("a chosen anchor bills the part before it, and whole periods from it on", async () => {
  const world = await startWorld();
  const { customer } = await customerWithCard(world);
  const anchor = world.now() + 10 * day;
  const subscription = await world.stripe.subscriptions.create({
    customer,
    items: [{ price: await monthlyPrice(world, 3_000) }],
    billing_cycle_anchor: anchor,
  });
  const before = new Date(anchor * 1_000);
  const month = (anchor * 1_000 - new Date(before).setUTCMonth(before.getUTCMonth() - 1)) / 1_000;
  const [stub] = await invoices(world, customer);
  const expected = Math.round((3_000 * (anchor - subscription.created)) / month);
  expect(Math.abs((stub?.total ?? 0) - expected)).toBeLessThanOrEqual(1);
  await world.advance(10 * day + 3_700);
  expect((await invoices(world, customer))[0]).toMatchObject({ status: "paid", total: 3_000, period_end: anchor });
  const free = await world.stripe.subscriptions.create({
    customer,
    items: [{ price: await monthlyPrice(world, 3_000) }],
    billing_cycle_anchor: world.now() + 10 * day,
    proration_behavior: "none",
  });
  expect(free).toMatchObject({ status: "active" });
  expect((await invoices(world, customer))[0]).toMatchObject({ total: 0 });
});

test("the card that paid the first invoice is kept when that was asked for, and items change one by one", async () => {
  const world = await startWorld();
  const { id: customer } = await world.stripe.customers.create();
  const subscription = await world.stripe.subscriptions.create({
    customer,
    items: [{ price: await monthlyPrice(world, 2_900) }],
    add_invoice_items: [],
    payment_behavior: "default_incomplete",
    payment_settings: { save_default_payment_method: "on_subscription" },
    expand: ["latest_invoice.payments.data.payment.payment_intent"],
  });
  const invoice = subscription.latest_invoice as import("stripe").Stripe.Invoice;
  await world.stripe.invoices.pay(invoice.id, { payment_method: "pm_card_visa" });
  const active = await world.stripe.subscriptions.retrieve(subscription.id);
  expect(active).toMatchObject({ status: "active", default_payment_method: expect.stringMatching(/^pm_/) });
  const seat = await monthlyPrice(world, 500, "Seat");
  const item = await world.stripe.subscriptionItems.create({ subscription: active.id, price: seat, quantity: 2 });
  expect(item).toMatchObject({ quantity: 2, price: { id: seat } });
  expect(await world.stripe.subscriptionItems.update(item.id, { quantity: 5 })).toMatchObject({ quantity: 5 });
  expect((await world.stripe.subscriptionItems.list({ subscription: active.id })).data).toHaveLength(2);
  expect(await world.stripe.subscriptionItems.del(item.id, { proration_behavior: "none" })).toMatchObject({
    deleted: true,
  });
  await expect(world.stripe.subscriptionItems.retrieve(item.id)).rejects.toMatchObject({ code: "resource_missing" });
});
