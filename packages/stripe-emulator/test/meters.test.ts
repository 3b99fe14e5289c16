import Stripe from "stripe";
import { expect, test } from "vitest";
import { customerWithCard, day, monthlyPrice, startWorld, type World } from "./world.ts";

async function meter(world: World, formula: "count" | "last" | "sum" = "sum", event_name = "api_call") {
  return world.stripe.billing.meters.create({ display_name: "Calls", event_name, default_aggregation: { formula } });
}

async function metered(
  world: World,
  more: Partial<Stripe.PriceCreateParams> = { unit_amount_decimal: Stripe.Decimal.from("0.5") },
  formula?: "count" | "last" | "sum",
) {
  const { id } = await meter(world, formula);
  const product = await world.stripe.products.create({ name: "API" });
  const price = await world.stripe.prices.create({
    product: product.id,
    currency: "usd",
    recurring: { interval: "month", usage_type: "metered", meter: id },
    ...more,
  });
  const { customer } = await customerWithCard(world);
  const subscription = await world.stripe.subscriptions.create({ customer, items: [{ price: price.id }] });
  const [item] = subscription.items.data;
  return {
    meter: id,
    price: price.id,
    customer,
    subscription: subscription.id,
    item: item?.id ?? "",
    start: item?.current_period_start ?? 0,
    end: item?.current_period_end ?? 0,
  };
}

const use = (
  world: World,
  customer: string,
  value: string,
  more: Partial<Stripe.Billing.MeterEventCreateParams> = {},
) =>
  world.stripe.billing.meterEvents.create({
    event_name: "api_call",
    payload: { stripe_customer_id: customer, value },
    ...more,
  });
const invoices = async (world: World, customer: string) => (await world.stripe.invoices.list({ customer })).data;

test("usage is billed after its period, with what is reported while the invoice is a draft", async () => {
  const world = await startWorld();
  const { customer, end, start } = await metered(world);
  expect((await invoices(world, customer))[0]).toMatchObject({ status: "paid", total: 0 });
  for (const value of ["1000", "200.5", "-0.5"]) await use(world, customer, value);
  await world.advance(end - world.now());
  const [draft] = await invoices(world, customer);
  expect(draft).toMatchObject({ status: "draft", total: 600 });
  await use(world, customer, "100", { timestamp: end - 1 });
  await use(world, customer, "7000", { timestamp: end });
  await world.advance(3_700);
  const [paid] = await invoices(world, customer);
  expect(paid).toMatchObject({ id: draft?.id, status: "paid", total: 650, billing_reason: "subscription_cycle" });
  expect(paid?.lines.data).toMatchObject([{ amount: 650, quantity: 1_300, period: { start, end } }]);
  expect(String(paid?.lines.data[0]?.quantity_decimal)).toBe("1300");
  await world.advance(32 * day);
  expect((await invoices(world, customer))[0]).toMatchObject({ total: 3_500 });
});

test("usage of a period is billed at the price that its draft was made with, although the subscription has changed since", async () => {
  const world = await startWorld();
  const { customer, subscription, item, end } = await metered(world);
  await use(world, customer, "1000");
  await world.advance(end - world.now() + 60);
  const meter = (await world.stripe.subscriptionItems.retrieve(item)).price.recurring?.meter ?? "";
  const { id: product } = await world.stripe.products.create({ name: "Calls, dearer" });
  const dearer = await world.stripe.prices.create({
    ...{ product, currency: "usd", unit_amount: 9 },
    recurring: { interval: "month", usage_type: "metered", meter },
  });
  await world.stripe.subscriptions.update(subscription, { items: [{ id: item, price: dearer.id }] });
  await use(world, customer, "100", { timestamp: end - 1 });
  await world.advance(3_700);
  expect(
    (await invoices(world, customer)).find(({ billing_reason: why }) => why === "subscription_cycle"),
  ).toMatchObject({
    status: "paid",
    total: 550,
  });
});

test("licences are billed ahead and usage afterwards on one invoice, in tiers and packages", async () => {
  const world = await startWorld();
  const { customer, subscription, item, end } = await metered(world, {
    billing_scheme: "tiered",
    tiers_mode: "graduated",
    tiers: [
      { up_to: 100, unit_amount: 0 },
      { up_to: 1_000, unit_amount: 2 },
      { up_to: "inf", unit_amount_decimal: Stripe.Decimal.from("0.5"), flat_amount: 300 },
    ],
  } as Partial<Stripe.PriceCreateParams>);
  const seats = await monthlyPrice(world, 1_000, "Seat");
  await world.stripe.subscriptions.update(subscription, {
    items: [{ id: item }, { price: seats, quantity: 3 }],
    proration_behavior: "none",
  });
  await use(world, customer, "1500");
  await world.advance(end - world.now() + 3_700);
  const [invoice] = await invoices(world, customer);
  // 100 × 0 + 900 × 2 + 500 × 0.5 + 300, and three seats for the next month.
  expect(invoice?.lines.data.map((line) => line.amount)).toEqual([1_800 + 250 + 300, 3_000]);
  expect(invoice).toMatchObject({ status: "paid", total: 5_350 });
});

test.each([
  ["count", 3],
  ["last", 5],
  ["sum", 17],
] as const)("a meter that takes the %s", async (formula, expected) => {
  const world = await startWorld();
  const { customer, end } = await metered(world, { unit_amount: 100 }, formula);
  for (const [index, value] of ["10", "2", "5"].entries())
    await use(world, customer, value, { timestamp: world.now() - 10 + index });
  await world.advance(end - world.now() + 3_700);
  // What happened before the subscription began is not of its first period.
  const billed = (await invoices(world, customer))[0]?.total;
  expect(billed).toBe(0);
  for (const value of ["10", "2", "5"]) {
    await world.advance(1);
    await use(world, customer, value);
  }
  await world.advance(32 * day);
  expect((await invoices(world, customer))[0]?.total).toBe(expected * 100);
});

test("an identifier is good once in a day, a time within 35 days and 5 minutes", async () => {
  const world = await startWorld();
  await meter(world);
  const { id: customer } = await world.stripe.customers.create();
  const first = await use(world, customer, "5", { identifier: "cycle_1:api_call" });
  expect(first).toMatchObject({ identifier: "cycle_1:api_call", payload: { value: "5" } });
  await expect(use(world, customer, "5", { identifier: "cycle_1:api_call" })).rejects.toMatchObject({
    statusCode: 400,
    code: "duplicate_meter_event",
  });
  await use(world, customer, "1", { timestamp: world.now() - 35 * day + 600 });
  await use(world, customer, "1", { timestamp: world.now() + 200 });
  for (const [timestamp, code] of [
    [world.now() - 35 * day - 600, "timestamp_too_far_in_past"],
    [world.now() + 500, "timestamp_in_future"],
  ] as const)
    await expect(use(world, customer, "1", { timestamp })).rejects.toMatchObject({ code });
  await world.advance(day + 1);
  await use(world, customer, "5", { identifier: "cycle_1:api_call" });
});

test("what a meter cannot take is refused by name", async () => {
  const world = await startWorld();
  const { id } = await meter(world);
  const { id: customer } = await world.stripe.customers.create();
  await expect(meter(world)).rejects.toMatchObject({ code: "resource_already_exists" });
  await expect(use(world, "cus_none", "1")).rejects.toMatchObject({ code: "meter_event_customer_not_found" });
  await expect(use(world, customer, "1e3")).rejects.toMatchObject({ code: "meter_event_invalid_value" });
  await expect(use(world, customer, "1", { event_name: "other" })).rejects.toMatchObject({ code: "no_meter" });
  await expect(use(world, customer, "1", { payload: { value: "1" } })).rejects.toMatchObject({
    code: "meter_event_no_customer_defined",
  });
  await expect(use(world, customer, "1", { payload: { stripe_customer_id: customer } })).rejects.toMatchObject({
    code: "meter_event_value_not_found",
  });
  await world.stripe.billing.meters.deactivate(id);
  await expect(use(world, customer, "1")).rejects.toMatchObject({ code: "archived_meter" });
  await world.stripe.billing.meters.reactivate(id);
  await use(world, customer, "1");
  const product = (await world.stripe.products.create({ name: "API" })).id;
  const recurring = { interval: "month", usage_type: "metered" } as const;
  await expect(
    world.stripe.prices.create({ product, currency: "usd", unit_amount: 1, recurring }),
  ).rejects.toMatchObject({ param: "recurring[meter]" });
  const price = await world.stripe.prices.create({
    product,
    currency: "usd",
    unit_amount: 1,
    recurring: { ...recurring, meter: id },
  });
  await expect(
    world.stripe.subscriptions.create({ customer, items: [{ price: price.id, quantity: 2 }] }),
  ).rejects.toMatchObject({ param: "items[0][quantity]" });
});

test("summaries tell what was used, in all and by hour, and a report can be taken back", async () => {
  const world = await startWorld();
  const { id } = await meter(world);
  const { id: customer } = await world.stripe.customers.create();
  const { id: other } = await world.stripe.customers.create();
  const hour = Math.floor(world.now() / 3_600) * 3_600 - 2 * 3_600;
  await use(world, customer, "3", { timestamp: hour + 5 });
  await use(world, customer, "4", { timestamp: hour + 3_600, identifier: "wrong" });
  await use(world, customer, "5", { timestamp: hour + 3_601 });
  await use(world, other, "100", { timestamp: hour + 6 });
  const range = { customer, start_time: hour, end_time: hour + 7_200 };
  const sums = async (more: object = {}) =>
    (await world.stripe.billing.meters.listEventSummaries(id, { ...range, ...more })).data.map((one) => [
      one.start_time - hour,
      one.aggregated_value,
    ]);
  expect(await sums()).toEqual([[0, 12]]);
  expect(await sums({ value_grouping_window: "hour" })).toEqual([
    [3_600, 9],
    [0, 3],
  ]);
  await world.stripe.billing.meterEventAdjustments.create({
    event_name: "api_call",
    type: "cancel",
    cancel: { identifier: "wrong" },
  });
  expect(await sums()).toEqual([[0, 8]]);
  await expect(sums({ start_time: hour + 1 })).rejects.toMatchObject({ param: "start_time" });
  await expect(sums({ end_time: hour })).rejects.toMatchObject({ param: "end_time" });
});

test("a subscription that ends at its period's end, or now with an invoice, still bills what was used", async () => {
  const world = await startWorld();
  const atEnd = await metered(world, { unit_amount: 10 });
  await use(world, atEnd.customer, "20");
  await world.stripe.subscriptions.update(atEnd.subscription, { cancel_at_period_end: true });
  await world.advance(atEnd.end - world.now() + 3_700);
  expect((await world.stripe.subscriptions.retrieve(atEnd.subscription)).status).toBe("canceled");
  expect((await invoices(world, atEnd.customer))[0]).toMatchObject({ status: "paid", total: 200 });

  const { customer } = await customerWithCard(world);
  const now = await world.stripe.subscriptions.create({
    customer,
    items: [{ price: atEnd.price }, { price: await monthlyPrice(world, 3_000) }],
  });
  await use(world, customer, "60");
  await world.advance(1);
  await world.stripe.subscriptions.cancel(now.id, { invoice_now: true });
  expect((await invoices(world, customer))[0]).toMatchObject({ status: "paid", total: 600 });
  const later = await world.stripe.subscriptions.create({ customer, items: [{ price: atEnd.price }] });
  await use(world, customer, "70");
  await world.stripe.subscriptions.cancel(later.id);
  expect((await invoices(world, customer))[0]?.total).toBe(0);
});
