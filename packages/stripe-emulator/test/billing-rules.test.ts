import { expect, test } from "vitest";
import { customerWithCard, day, monthlyPrice, startWorld, type World } from "./world.ts";

async function subscribed(world: World, amount: number) {
  const { customer, method } = await customerWithCard(world);
  const price = await monthlyPrice(world, amount);
  const subscription = await world.stripe.subscriptions.create({ customer, items: [{ price }] });
  const [item] = subscription.items.data;
  return { customer, method, id: subscription.id, item: item?.id ?? "", end: item?.current_period_end ?? 0 };
}

async function defaultCard(world: World, customer: string, card: string): Promise<void> {
  const { id } = await world.stripe.paymentMethods.attach(card, { customer });
  await world.stripe.customers.update(customer, { invoice_settings: { default_payment_method: id } });
}
const invoices = async (world: World, customer: string) => (await world.stripe.invoices.list({ customer })).data;

test("from free to paid the period begins anew and is charged at once", async () => {
  const world = await startWorld();
  const { customer, id, item } = await subscribed(world, 0);
  await world.advance(10 * day);
  const after = await world.stripe.subscriptions.update(id, {
    items: [{ id: item, price: await monthlyPrice(world, 2_900) }],
  });
  expect(after.billing_cycle_anchor).toBeGreaterThanOrEqual(after.created + 10 * day);
  expect(after.items.data[0]?.current_period_start).toBe(after.billing_cycle_anchor);
  expect((await invoices(world, customer))[0]).toMatchObject({ status: "paid", amount_paid: 2_900 });
});

test("what is too little to be charged waits on the customer's balance for the next invoice", async () => {
  const world = await startWorld();
  const { customer, end } = await subscribed(world, 30);
  expect((await invoices(world, customer))[0]).toMatchObject({
    status: "paid",
    total: 30,
    amount_due: 0,
    ending_balance: 30,
  });
  expect(await world.stripe.customers.retrieve(customer)).toMatchObject({ balance: 30 });
  await world.advance(end - world.now() + 3_700);
  expect((await invoices(world, customer))[0]).toMatchObject({ status: "paid", amount_due: 60, ending_balance: 0 });
  expect((await world.stripe.charges.list({ customer })).data).toMatchObject([{ amount: 60, status: "succeeded" }]);
});

test("an invoice that cannot be charged at all does not stop the clock for the others", async () => {
  const world = await startWorld();
  const { id: customer } = await world.stripe.customers.create();
  const { customer: other, end } = await subscribed(world, 2_900);
  await world.stripe.invoiceItems.create({ customer, amount: 100_000_000, currency: "usd" });
  const huge = await world.stripe.invoices.create({
    customer,
    auto_advance: true,
    pending_invoice_items_behavior: "include",
  });
  await world.advance(end - world.now() + 3_700);
  expect((await invoices(world, other))[0]).toMatchObject({ status: "paid", billing_reason: "subscription_cycle" });
  expect((await world.stripe.invoices.retrieve(huge.id)).status).not.toBe("paid");
});

test("tries by hand neither use up the schedule nor end the subscription", async () => {
  const world = await startWorld();
  const { customer, id, end, method } = await subscribed(world, 2_900);
  await defaultCard(world, customer, "pm_card_chargeCustomerFail");
  await world.advance(end - world.now() + 3_700);
  const [late] = await invoices(world, customer);
  expect(late).toMatchObject({ status: "open", attempt_count: 1 });
  const invoice = late?.id ?? "";
  for (let i = 0; i < 5; i++)
    await expect(world.stripe.invoices.pay(invoice)).rejects.toMatchObject({ code: "card_declined" });
  expect(await world.stripe.invoices.retrieve(invoice)).toMatchObject({
    attempt_count: 1,
    next_payment_attempt: late?.next_payment_attempt,
  });
  expect((await world.stripe.subscriptions.retrieve(id)).status).toBe("past_due");
  await world.advance(3 * day);
  expect((await world.stripe.invoices.retrieve(invoice)).attempt_count).toBe(2);
  await world.stripe.invoices.pay(invoice, { payment_method: method });
  expect((await world.stripe.subscriptions.retrieve(id)).status).toBe("active");
});

test("paying by API with a card that asks for 3D Secure is a 402 that keeps the payment waiting", async () => {
  const world = await startWorld();
  const { customer } = await customerWithCard(world, "pm_card_authenticationRequired");
  await world.stripe.invoiceItems.create({ customer, amount: 2_900, currency: "usd" });
  const { id } = await world.stripe.invoices.create({ customer, pending_invoice_items_behavior: "include" });
  await expect(world.stripe.invoices.pay(id)).rejects.toMatchObject({
    statusCode: 402,
    code: "invoice_payment_intent_requires_action",
  });
  const open = await world.stripe.invoices.retrieve(id, { expand: ["payments.data.payment.payment_intent"] });
  expect(open).toMatchObject({
    status: "open",
    payments: { data: [{ payment: { payment_intent: { status: "requires_action" } } }] },
  });
});

test("a default card of somebody else, or of nobody, is refused", async () => {
  const world = await startWorld();
  const { id } = await subscribed(world, 2_900);
  const { method } = await customerWithCard(world);
  for (const default_payment_method of [method, "pm_none"]) {
    await expect(world.stripe.subscriptions.update(id, { default_payment_method })).rejects.toMatchObject({
      statusCode: 400,
      code: "resource_missing",
      param: "default_payment_method",
    });
  }
});

test("a proration outside of the period is refused", async () => {
  const world = await startWorld();
  const { id, item, end } = await subscribed(world, 2_900);
  const price = await monthlyPrice(world, 9_900);
  const update = world.stripe.subscriptions.update(id, { items: [{ id: item, price }], proration_date: end + 1 });
  await expect(update).rejects.toMatchObject({ statusCode: 400, param: "proration_date" });
});

test("a subscription that is over takes metadata only, and cannot be canceled again", async () => {
  const world = await startWorld();
  const { id, item } = await subscribed(world, 2_900);
  await world.stripe.subscriptions.cancel(id);
  expect((await world.stripe.subscriptions.update(id, { metadata: { why: "test" } })).metadata).toEqual({
    why: "test",
  });
  await expect(world.stripe.subscriptions.update(id, { items: [{ id: item, quantity: 2 }] })).rejects.toMatchObject({
    statusCode: 400,
  });
  await expect(world.stripe.subscriptions.cancel(id)).rejects.toMatchObject({
    statusCode: 404,
    code: "resource_missing",
  });
});
