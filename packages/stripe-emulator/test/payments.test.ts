import Stripe from "stripe";
import { expect, test } from "vitest";
import { customerWithCard, startWorld, type World } from "./world.ts";

/** Takes money from a card in one call, as a server without a browser does. */
const pay = ({ stripe }: World, card: string, more: Partial<Stripe.PaymentIntentCreateParams> = {}) =>
  stripe.paymentIntents.create({
    amount: 2_900,
    currency: "usd",
    payment_method: card,
    allowed_payment_method_types: ["card"],
    confirm: true,
    ...more,
  });

async function refusal(promise: Promise<unknown>): Promise<InstanceType<typeof Stripe.errors.StripeError>> {
  const error: unknown = await promise.then(
    () => new Error("It was not refused."),
    (reason: unknown) => reason,
  );
  if (error instanceof Stripe.errors.StripeError) return error;
  throw error;
}

/** Does at the hosted 3D Secure page what the card's holder does in a browser. */
async function authenticate(url: string, outcome: "complete" | "fail"): Promise<Response> {
  return fetch(url, { method: "POST", body: new URLSearchParams({ outcome }), redirect: "manual" });
}

test("a good card pays, and Stripe's fee is on the balance transaction", async () => {
  const world = await startWorld();
  const { customer, method } = await customerWithCard(world);
  const intent = await pay(world, method, { customer, expand: ["latest_charge.balance_transaction"] });
  expect(intent).toMatchObject({ status: "succeeded", amount_received: 2_900, last_payment_error: null });
  // 2.9 % of 29.00 is 84.1 cents, and 30 cents on top.
  expect(intent.latest_charge).toMatchObject({
    status: "succeeded",
    paid: true,
    captured: true,
    balance_transaction: { amount: 2_900, fee: 114, net: 2_786, type: "charge", status: "pending" },
  });
});

test("money becomes available two days later by the clock", async () => {
  const world = await startWorld();
  await pay(world, "pm_card_visa");
  const status = async () => (await world.stripe.balanceTransactions.list()).data.map((one) => one.status);
  expect(await status()).toEqual(["pending"]);
  await world.advance(2 * 86_400);
  expect(await status()).toEqual(["available"]);
});

test("a zero-decimal currency pays no cents on top of the share", async () => {
  const world = await startWorld();
  await pay(world, "pm_card_visa", { amount: 1_000, currency: "jpy" });
  expect((await world.stripe.balanceTransactions.list()).data).toMatchObject([{ amount: 1_000, fee: 29, net: 971 }]);
});

test.each([
  ["pm_card_visa_chargeDeclined", "card_declined", "generic_decline"],
  ["pm_card_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"],
  ["pm_card_chargeDeclinedLostCard", "card_declined", "lost_card"],
  ["pm_card_chargeDeclinedStolenCard", "card_declined", "stolen_card"],
  ["pm_card_chargeDeclinedVelocityLimitExceeded", "card_declined", "card_velocity_exceeded"],
  ["pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card"],
  ["pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", "incorrect_cvc"],
  ["pm_card_chargeDeclinedProcessingError", "processing_error", "processing_error"],
  ["pm_card_chargeDeclinedFraudulent", "card_declined", "fraudulent"],
])("%s is declined with %s / %s, and leaves a failed charge", async (card, code, declineCode) => {
  const world = await startWorld();
  const error = await refusal(pay(world, card));
  expect(error).toBeInstanceOf(Stripe.errors.StripeCardError);
  expect(error).toMatchObject({ statusCode: 402, code, decline_code: declineCode });
  expect(error.payment_intent).toMatchObject({ status: "requires_payment_method" });
  const [intent] = (await world.stripe.paymentIntents.list({ expand: ["data.latest_charge"] })).data;
  expect(intent).toMatchObject({
    id: error.payment_intent?.id,
    amount_received: 0,
    last_payment_error: { code, decline_code: declineCode },
    latest_charge: { id: error.charge, status: "failed", paid: false, failure_code: code, balance_transaction: null },
  });
});

test("a declined intent is paid by another card later", async () => {
  const world = await startWorld();
  const { payment_intent } = await refusal(pay(world, "pm_card_visa_chargeDeclined"));
  const paid = await world.stripe.paymentIntents.confirm(String(payment_intent?.id), {
    payment_method: "pm_card_visa",
  });
  expect(paid).toMatchObject({ status: "succeeded", last_payment_error: null });
  const charges = await world.stripe.charges.list({ payment_intent: paid.id });
  expect(charges.data.map((charge) => charge.status)).toEqual(["succeeded", "failed"]);
});

test("each use of pm_card_visa makes a payment method of its own", async () => {
  const world = await startWorld();
  const first = await customerWithCard(world);
  const second = await customerWithCard(world);
  expect(first.method).toMatch(/^pm_\w{24}$/);
  expect(second.method).not.toBe(first.method);
  const of = async (customer: string) => (await world.stripe.customers.listPaymentMethods(customer)).data;
  expect((await of(first.customer)).map(({ id }) => id)).toEqual([first.method]);
  expect((await of(second.customer)).map(({ id }) => id)).toEqual([second.method]);
  const card = (await of(first.customer))[0]?.card;
  expect(card).toMatchObject({ brand: "visa", last4: "4242" });
  // One card, one fingerprint, whoever uses it.
  expect((await of(second.customer))[0]?.card?.fingerprint).toBe(card?.fingerprint);
});

test("a declining card cannot be attached; 4000 0000 0000 0341 can, and declines at the charge", async () => {
  const world = await startWorld();
  const { id: customer } = await world.stripe.customers.create();
  const declined = world.stripe.paymentMethods.attach("pm_card_visa_chargeDeclined", { customer });
  await expect(declined).rejects.toMatchObject({ statusCode: 402, decline_code: "generic_decline" });
  expect((await world.stripe.customers.listPaymentMethods(customer)).data).toEqual([]);
  const method = await world.stripe.paymentMethods.attach("pm_card_chargeCustomerFail", { customer });
  expect(method).toMatchObject({ customer, card: { last4: "0341" } });
  await expect(pay(world, method.id, { customer })).rejects.toMatchObject({ code: "card_declined" });
});

test.each([
  ["a wrong check digit", { number: "4242424242424241", exp_month: 12, exp_year: 2090 }, "incorrect_number"],
  ["a month that is over", { number: "4242424242424242", exp_month: 1, exp_year: 2020 }, "invalid_expiry_year"],
  ["a code of two digits", { number: "4242424242424242", exp_month: 12, exp_year: 2090, cvc: "99" }, "invalid_cvc"],
])("a card number with %s makes no payment method", async (_why, card, code) => {
  const world = await startWorld();
  const made = world.stripe.paymentMethods.create({ type: "card", card });
  await expect(made).rejects.toMatchObject({ statusCode: 402, type: "StripeCardError", code });
});

test("a card of another customer is not charged", async () => {
  const world = await startWorld();
  const ada = await customerWithCard(world);
  const eve = await world.stripe.customers.create();
  await expect(pay(world, ada.method, { customer: eve.id })).rejects.toMatchObject({ statusCode: 400 });
  await expect(pay(world, ada.method)).rejects.toMatchObject({ statusCode: 400 });
  await expect(world.stripe.paymentMethods.attach(ada.method, { customer: eve.id })).rejects.toMatchObject({
    code: "payment_method_unexpected_state",
  });
  expect((await world.stripe.charges.list()).data).toEqual([]);
});

test("3D Secure: the holder completes it on the hosted page, then the card is charged", async () => {
  const world = await startWorld();
  const waiting = await pay(world, "pm_card_authenticationRequired", { return_url: "https://shop.example/thanks?a=1" });
  expect(waiting.status).toBe("requires_action");
  expect((await world.stripe.charges.list()).data).toEqual([]);
  const answer = await authenticate(String(waiting.next_action?.redirect_to_url?.url), "complete");
  const back = new URL(String(answer.headers.get("location")));
  expect(back.origin + back.pathname).toBe("https://shop.example/thanks");
  expect(Object.fromEntries(back.searchParams)).toEqual({
    a: "1",
    payment_intent: waiting.id,
    payment_intent_client_secret: waiting.client_secret,
    redirect_status: "succeeded",
  });
  const paid = await world.stripe.paymentIntents.retrieve(waiting.id, { expand: ["latest_charge"] });
  expect(paid).toMatchObject({
    status: "succeeded",
    next_action: null,
    latest_charge: { payment_method_details: { card: { three_d_secure: { result: "authenticated" } } } },
  });
});

test("3D Secure: a holder who fails leaves the intent unpaid and without a charge", async () => {
  const world = await startWorld();
  const waiting = await pay(world, "pm_card_authenticationRequired", { return_url: "https://shop.example/" });
  const url = String(waiting.next_action?.redirect_to_url?.url);
  const answer = await authenticate(url, "fail");
  expect(answer.headers.get("location")).toContain("redirect_status=failed");
  expect(await world.stripe.paymentIntents.retrieve(waiting.id)).toMatchObject({
    status: "requires_payment_method",
    last_payment_error: { code: "payment_intent_authentication_failure" },
  });
  expect((await world.stripe.charges.list()).data).toEqual([]);
  expect((await authenticate(url, "complete")).status).toBe(400);
});

test("3D Secure: the page is closed to whoever does not know the client secret", async () => {
  const world = await startWorld();
  const waiting = await pay(world, "pm_card_authenticationRequired", { return_url: "https://shop.example/" });
  const url = new URL(String(waiting.next_action?.redirect_to_url?.url));
  url.searchParams.set("client_secret", "pi_guessed");
  expect((await fetch(url)).status).toBe(404);
  expect((await authenticate(url.href, "complete")).status).toBe(404);
  expect((await world.stripe.paymentIntents.retrieve(waiting.id)).status).toBe("requires_action");
});

test("3D Secure: authenticated and still declined by the bank", async () => {
  const world = await startWorld();
  const waiting = await pay(world, "pm_card_threeDSecureRequiredChargeDeclined", {
    return_url: "https://shop.example/",
  });
  await authenticate(String(waiting.next_action?.redirect_to_url?.url), "complete");
  const declined = await world.stripe.paymentIntents.retrieve(waiting.id, { expand: ["latest_charge"] });
  expect(declined).toMatchObject({ status: "requires_payment_method", latest_charge: { status: "failed" } });
});

test("off-session, a card that asks for authentication is declined instead", async () => {
  const world = await startWorld();
  const { id: customer } = await world.stripe.customers.create();
  const { id } = await world.stripe.paymentMethods.attach("pm_card_authenticationRequired", { customer });
  await expect(pay(world, id, { customer, off_session: true })).rejects.toMatchObject({
    statusCode: 402,
    code: "authentication_required",
  });
});

test("refunds: a part, the rest, and no cent more", async () => {
  const world = await startWorld();
  const { id: payment_intent, latest_charge } = await pay(world, "pm_card_visa");
  const charge = () => world.stripe.charges.retrieve(String(latest_charge), { expand: ["refunds"] });
  const part = await world.stripe.refunds.create({ payment_intent, amount: 900, reason: "requested_by_customer" });
  expect(part).toMatchObject({ amount: 900, status: "succeeded", charge: latest_charge });
  expect(await charge()).toMatchObject({ amount_refunded: 900, refunded: false });
  await expect(world.stripe.refunds.create({ payment_intent, amount: 2_001 })).rejects.toMatchObject({
    statusCode: 400,
    param: "amount",
  });
  const rest = await world.stripe.refunds.create({ payment_intent });
  expect(rest.amount).toBe(2_000);
  expect((await charge()).refunds?.data.map(({ id }) => id)).toEqual([rest.id, part.id]);
  expect(await charge()).toMatchObject({ amount_refunded: 2_900, refunded: true });
  await expect(world.stripe.refunds.create({ payment_intent })).rejects.toMatchObject({
    code: "charge_already_refunded",
  });
  // The fee is not given back.
  const balance = (await world.stripe.balanceTransactions.list()).data;
  expect(balance.map(({ amount, fee, type }) => ({ amount, fee, type }))).toEqual([
    { amount: -2_000, fee: 0, type: "refund" },
    { amount: -900, fee: 0, type: "refund" },
    { amount: 2_900, fee: 114, type: "charge" },
  ]);
});

test("a held payment takes no money until it is captured, and then a part of it at most once", async () => {
  const world = await startWorld();
  const held = await pay(world, "pm_card_visa", { capture_method: "manual" });
  expect(held).toMatchObject({ status: "requires_capture", amount_capturable: 2_900, amount_received: 0 });
  expect((await world.stripe.balanceTransactions.list()).data).toEqual([]);
  await expect(world.stripe.refunds.create({ charge: String(held.latest_charge) })).rejects.toMatchObject({
    code: "charge_not_refundable",
  });
  const capture = (amount: number) => world.stripe.paymentIntents.capture(held.id, { amount_to_capture: amount });
  await expect(capture(2_901)).rejects.toMatchObject({ code: "amount_too_large" });
  expect(await capture(2_000)).toMatchObject({ status: "succeeded", amount_received: 2_000, amount_capturable: 0 });
  expect((await world.stripe.balanceTransactions.list()).data).toMatchObject([{ amount: 2_000, fee: 88 }]);
  await expect(capture(900)).rejects.toMatchObject({ code: "payment_intent_unexpected_state" });
});

test("a canceled payment cannot be confirmed, a paid one cannot be canceled", async () => {
  const world = await startWorld();
  const intent = await world.stripe.paymentIntents.create({ amount: 500, currency: "usd" });
  const canceled = await world.stripe.paymentIntents.cancel(intent.id, { cancellation_reason: "abandoned" });
  expect(canceled).toMatchObject({ status: "canceled", cancellation_reason: "abandoned" });
  await expect(
    world.stripe.paymentIntents.confirm(intent.id, { payment_method: "pm_card_visa", return_url: "https://a.example" }),
  ).rejects.toMatchObject({ code: "payment_intent_unexpected_state" });
  const paid = await pay(world, "pm_card_visa");
  await expect(world.stripe.paymentIntents.cancel(paid.id)).rejects.toMatchObject({
    code: "payment_intent_unexpected_state",
  });
});

test("an amount below the currency's least is refused", async () => {
  const world = await startWorld();
  await expect(pay(world, "pm_card_visa", { amount: 49 })).rejects.toMatchObject({ code: "amount_too_small" });
  await expect(pay(world, "pm_card_visa", { amount: 100_000_000 })).rejects.toMatchObject({ code: "amount_too_large" });
});

test("a setup intent keeps a card for its customer; the next payment without the holder passes", async () => {
  const world = await startWorld();
  const { id: customer } = await world.stripe.customers.create();
  const waiting = await world.stripe.setupIntents.create({
    customer,
    payment_method: "pm_card_authenticationRequiredOnSetup",
    allowed_payment_method_types: ["card"],
    confirm: true,
    return_url: "https://shop.example/",
  });
  expect(waiting.status).toBe("requires_action");
  await authenticate(String(waiting.next_action?.redirect_to_url?.url), "complete");
  const done = await world.stripe.setupIntents.retrieve(waiting.id, { expand: ["payment_method"] });
  expect(done).toMatchObject({ status: "succeeded", payment_method: { customer } });
  const method = (await world.stripe.customers.listPaymentMethods(customer)).data[0]?.id ?? "";
  expect((await pay(world, method, { customer, off_session: true })).status).toBe("succeeded");
});

test("a setup intent whose card is refused says so and attaches nothing", async () => {
  const world = await startWorld();
  const { id: customer } = await world.stripe.customers.create();
  const refused = world.stripe.setupIntents.create({
    customer,
    payment_method: "pm_card_visa_chargeDeclined",
    allowed_payment_method_types: ["card"],
    confirm: true,
  });
  await expect(refused).rejects.toMatchObject({ statusCode: 402, decline_code: "generic_decline" });
  expect((await world.stripe.setupIntents.list({ customer })).data).toMatchObject([
    { status: "requires_payment_method", last_setup_error: { decline_code: "generic_decline" } },
  ]);
  expect((await world.stripe.customers.listPaymentMethods(customer)).data).toEqual([]);
});

test("a detached card is nobody's default any more, and of no use to anybody", async () => {
  const world = await startWorld();
  const { customer, method } = await customerWithCard(world);
  await world.stripe.paymentMethods.detach(method);
  const { invoice_settings } = (await world.stripe.customers.retrieve(customer)) as Stripe.Customer;
  expect(invoice_settings.default_payment_method).toBeNull();
  expect((await world.stripe.customers.listPaymentMethods(customer)).data).toEqual([]);
  const { paymentMethods } = world.stripe;
  const spent = { statusCode: 400, message: expect.stringContaining("may not be used again") };
  await expect(paymentMethods.attach(method, { customer })).rejects.toMatchObject(spent);
  await expect(pay(world, method, { customer })).rejects.toMatchObject(spent);
  expect((await paymentMethods.retrieve(method)).customer).toBeNull();
});
