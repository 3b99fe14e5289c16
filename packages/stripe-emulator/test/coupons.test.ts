import type Stripe from "stripe";
import { expect, test } from "vitest";
import { customerWithCard, day, monthlyPrice, startWorld, type World } from "./world.ts";

const totals = async (world: World, customer: string) =>
  (await world.stripe.invoices.list({ customer })).data.map((invoice) => invoice.total).reverse();

async function subscribed(world: World, discounts: Stripe.SubscriptionCreateParams.Discount[], amount = 3_000) {
  const { customer } = await customerWithCard(world);
  const price = await monthlyPrice(world, amount);
  const subscription = await world.stripe.subscriptions.create({ customer, items: [{ price }], discounts });
  return { customer, subscription };
}

test.each([
  ["once", {}, [1_500, 3_000, 3_000, 3_000]],
  ["repeating", { duration_in_months: 2 }, [1_500, 1_500, 3_000, 3_000]],
  ["forever", {}, [1_500, 1_500, 1_500, 1_500]],
] as const)("half off, %s", async (duration, more, expected) => {
  const world = await startWorld();
  const coupon = await world.stripe.coupons.create({ percent_off: 50, duration, ...more });
  const { customer, subscription } = await subscribed(world, [{ coupon: coupon.id }]);
  await world.advance(95 * day);
  expect(await totals(world, customer)).toEqual(expected);
  const after = await world.stripe.subscriptions.retrieve(subscription.id, { expand: ["discounts.source.coupon"] });
  expect(after.discounts).toMatchObject(
    duration === "forever" ? [{ object: "discount", source: { coupon: { id: coupon.id } } }] : [],
  );
  expect((await world.stripe.coupons.retrieve(coupon.id)).times_redeemed).toBe(1);
});

test("an invoice says what was taken off, by line and in all", async () => {
  const world = await startWorld();
  const coupon = await world.stripe.coupons.create({ amount_off: 1_000, currency: "usd", duration: "forever" });
  const { customer } = await customerWithCard(world);
  const [one, two] = [await monthlyPrice(world, 2_000), await monthlyPrice(world, 1_000)];
  const subscription = await world.stripe.subscriptions.create({
    customer,
    items: [{ price: one }, { price: two, quantity: 2 }],
    discounts: [{ coupon: coupon.id }],
    expand: ["latest_invoice"],
  });
  const invoice = subscription.latest_invoice as Stripe.Invoice;
  const [discount] = subscription.discounts;
  expect(invoice).toMatchObject({
    subtotal: 4_000,
    total: 3_000,
    amount_paid: 3_000,
    discounts: [discount],
    total_discount_amounts: [{ amount: 1_000, discount }],
  });
  expect(invoice.lines.data.map((line) => [line.amount, line.discount_amounts?.[0]?.amount])).toEqual([
    [2_000, 500],
    [2_000, 500],
  ]);
});

test("a promotion code is redeemed within its bounds, and refused outside of them", async () => {
  const world = await startWorld();
  const coupon = await world.stripe.coupons.create({ percent_off: 10, duration: "forever", max_redemptions: 5 });
  const create = (more: Partial<Stripe.PromotionCodeCreateParams>) =>
    world.stripe.promotionCodes.create({ promotion: { type: "coupon", coupon: coupon.id }, ...more });
  const code = await create({ code: "TEN", max_redemptions: 1 });
  const { customer, subscription } = await subscribed(world, [{ promotion_code: code.id }]);
  expect(await totals(world, customer)).toEqual([2_700]);
  expect(subscription.discounts).toHaveLength(1);
  expect(await world.stripe.promotionCodes.retrieve(code.id)).toMatchObject({ active: false, times_redeemed: 1 });
  expect((await world.stripe.promotionCodes.list({ code: "TEN" })).data).toHaveLength(1);
  const price = await monthlyPrice(world, 3_000);
  const again = (promotion_code: string, of = customer) =>
    world.stripe.subscriptions.create({ customer: of, items: [{ price }], discounts: [{ promotion_code }] });
  await expect(again(code.id)).rejects.toMatchObject({ code: "promotion_code_invalid" });
  const first = await create({ restrictions: { first_time_transaction: true } });
  await expect(again(first.id)).rejects.toMatchObject({ code: "promotion_code_invalid" });
  const least = await create({ restrictions: { minimum_amount: 3_001, minimum_amount_currency: "usd" } });
  await expect(again(least.id)).rejects.toMatchObject({ code: "promotion_code_invalid" });
  const other = await create({ customer: (await world.stripe.customers.create()).id });
  await expect(again(other.id)).rejects.toMatchObject({ code: "promotion_code_invalid" });
  const late = await create({ expires_at: world.now() + 60 });
  await world.advance(61);
  await expect(again(late.id)).rejects.toMatchObject({ code: "promotion_code_invalid" });
  await expect(create({ code: "ten" }).then((one) => create({ code: one.code }))).rejects.toMatchObject({
    code: "resource_already_exists",
  });
});

test("a coupon is refused when it is over, used up, or of another currency", async () => {
  const world = await startWorld();
  const redeem_by = world.now() + 100;
  const over = await world.stripe.coupons.create({ percent_off: 10, duration: "once", redeem_by });
  const single = await world.stripe.coupons.create({ percent_off: 10, duration: "once", max_redemptions: 1 });
  const euros = await world.stripe.coupons.create({ amount_off: 100, currency: "eur", duration: "once" });
  await subscribed(world, [{ coupon: single.id }]);
  await world.advance(101);
  for (const coupon of [over.id, single.id])
    await expect(subscribed(world, [{ coupon }])).rejects.toMatchObject({ code: "coupon_expired" });
  await expect(subscribed(world, [{ coupon: euros.id }])).rejects.toMatchObject({ statusCode: 400 });
  expect((await world.stripe.coupons.retrieve(over.id)).valid).toBe(false);
  for (const bad of [
    {},
    { percent_off: 10, amount_off: 10, currency: "usd" },
    { amount_off: 10 },
    { percent_off: 10, duration: "repeating" as const },
    { percent_off: 101 },
  ])
    await expect(world.stripe.coupons.create(bad)).rejects.toMatchObject({ statusCode: 400 });
});

test("a proration is of what was really paid, and asks for what will really be", async () => {
  const world = await startWorld();
  const coupon = await world.stripe.coupons.create({ percent_off: 20, duration: "forever" });
  const { subscription } = await subscribed(world, [{ coupon: coupon.id }], 3_000);
  const [item] = subscription.items.data;
  const { current_period_start: start = 0, current_period_end: end = 0 } = item ?? {};
  const at = start + (end - start) / 2;
  await world.advance(at - world.now());
  const preview = await world.stripe.invoices.createPreview({
    subscription: subscription.id,
    subscription_details: {
      items: [{ id: item?.id ?? "", price: await monthlyPrice(world, 9_000) }],
      proration_behavior: "always_invoice",
      proration_date: at,
    },
  });
  // Half of 30.00 less 20 % comes back, half of 90.00 less 20 % is due; nothing is taken off twice.
  expect(preview.lines.data.map((line) => line.amount)).toEqual([-1_200, 3_600]);
  expect(preview.total).toBe(2_400);
});

test("discounts are replaced and taken away, and a deleted coupon goes on where it is", async () => {
  const world = await startWorld();
  const [a, b] = [
    await world.stripe.coupons.create({ id: "HALF", percent_off: 50, duration: "forever" }),
    await world.stripe.coupons.create({ percent_off: 10, duration: "forever", name: "Ten" }),
  ];
  const { customer, subscription } = await subscribed(world, [{ coupon: a.id }]);
  await world.stripe.coupons.del(a.id);
  await expect(world.stripe.coupons.retrieve(a.id)).rejects.toMatchObject({ code: "resource_missing" });
  await world.advance(32 * day);
  await world.stripe.subscriptions.update(subscription.id, { discounts: [{ coupon: b.id }] });
  await world.advance(31 * day);
  await world.stripe.subscriptions.deleteDiscount(subscription.id);
  await world.advance(31 * day);
  expect(await totals(world, customer)).toEqual([1_500, 1_500, 2_700, 3_000]);
  const types = (await world.stripe.events.list({ type: "customer.discount.deleted" })).data;
  expect(types).toHaveLength(2);
});

test("a one-off invoice takes a discount off what can be discounted", async () => {
  const world = await startWorld();
  const { customer } = await customerWithCard(world);
  const coupon = await world.stripe.coupons.create({ percent_off: 25, duration: "once" });
  await world.stripe.invoiceItems.create({ customer, amount: 1_000, currency: "usd" });
  await world.stripe.invoiceItems.create({ customer, amount: 1_000, currency: "usd", discountable: false });
  const invoice = await world.stripe.invoices.create({
    customer,
    pending_invoice_items_behavior: "include",
    discounts: [{ coupon: coupon.id }],
  });
  expect(invoice).toMatchObject({ subtotal: 2_000, total: 1_750 });
  const item = await world.stripe.invoiceItems.create({ customer, amount: 400, currency: "usd", invoice: invoice.id });
  expect(await world.stripe.invoices.retrieve(invoice.id)).toMatchObject({ subtotal: 2_400, total: 2_050 });
  await world.stripe.invoiceItems.update(item.id, { amount: 800 });
  expect(await world.stripe.invoices.retrieve(invoice.id)).toMatchObject({ subtotal: 2_800, total: 2_350 });
  await world.stripe.invoiceItems.del(item.id);
  expect(await world.stripe.invoices.retrieve(invoice.id)).toMatchObject({ subtotal: 2_000, total: 1_750 });
  expect(await world.stripe.invoices.pay(invoice.id)).toMatchObject({ status: "paid", amount_paid: 1_750 });
  await expect(
    world.stripe.invoiceItems.create({ customer, amount: 1, currency: "usd", invoice: invoice.id }),
  ).rejects.toMatchObject({ code: "invoice_not_editable" });
});
