import { expect, test } from "vitest";
import { customerWithCard, monthlyPrice, sdk, startWorld, type World } from "./world.ts";

/** A request below the SDK, for what the SDK would not send. */
async function raw(world: World, path: string, init: RequestInit = {}) {
  const headers = new Headers(init.headers);
  if (!headers.has("authorization")) headers.set("authorization", "Bearer sk_test_123");
  const answer = await fetch(`${world.emulator.url}${path}`, { ...init, headers });
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Record<string, unknown> };
}
const form = (fields: Record<string, string>, headers: Record<string, string> = {}): RequestInit => ({
  method: "POST",
  body: new URLSearchParams(fields),
  headers,
});
const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;

test.each([
  ["no key", ""],
  ["an empty bearer", "Bearer "],
  ["a live key", "Bearer sk_live_123"],
  ["a publishable key", "Bearer pk_test_123"],
  ["a key with more behind it", "Bearer sk_test_123%0a"],
  ["a basic header without user", basic(":sk_test_123")],
])("%s is Stripe's 401", async (_what, authorization) => {
  const world = await startWorld();
  const { status, body } = await raw(world, "/v1/customers", { headers: { authorization } });
  expect(status).toBe(401);
  expect(body).toMatchObject({ error: { type: "invalid_request_error" } });
});

test("a key as curl -u sends it is good, and a refused key is not shown whole", async () => {
  const world = await startWorld();
  const good = await raw(world, "/v1/customers", { headers: { authorization: basic("sk_test_123:") } });
  expect(good.status).toBe(200);
  const stripe = sdk(world.emulator.port);
  const bad = stripe.customers.list({}, { apiKey: "sk_live_secretsecretsecret" });
  await expect(bad).rejects.toMatchObject({ type: "StripeAuthenticationError", statusCode: 401 });
  await expect(bad).rejects.not.toThrow("secretsecret");
});

test("what Stripe has and the emulator has not is a 404 that names the address", async () => {
  const world = await startWorld();
  await expect(world.stripe.quotes.list()).rejects.toMatchObject({
    statusCode: 404,
    type: "StripeInvalidRequestError",
    message: expect.stringContaining("GET: /v1/quotes"),
  });
});

test.each([
  ["an unknown parameter", { nickname: "x" }, "parameter_unknown", "nickname"],
  ["an unknown one inside", { "invoice_settings[x]": "1" }, "parameter_unknown", "invoice_settings[x]"],
  ["an empty value", { invoice_prefix: "" }, "parameter_invalid_empty", "invoice_prefix"],
  ["a number that is none", { balance: "1.5" }, "parameter_invalid_integer", "balance"],
  ["a missing one inside", { "shipping[name]": "Ada" }, "parameter_missing", "shipping[address]"],
])("%s is refused by its name", async (_what, fields, code, param) => {
  const world = await startWorld();
  const { status, body } = await raw(world, "/v1/customers", form(fields as Record<string, string>));
  expect({ status, error: body["error"] }).toMatchObject({ status: 400, error: { code, param } });
  expect((await world.stripe.customers.list()).data).toEqual([]);
});

test("a missing parameter is refused by its name", async () => {
  const world = await startWorld();
  const { status, body } = await raw(world, "/v1/payment_intents", form({ amount: "100" }));
  expect({ status, error: body["error"] }).toMatchObject({
    status: 400,
    error: { code: "parameter_missing", param: "currency", message: "Missing required param: currency." },
  });
});

test("an unknown id is a 404 in the path and a 400 in a parameter", async () => {
  const { stripe } = await startWorld();
  await expect(stripe.customers.retrieve("cus_none")).rejects.toMatchObject({
    statusCode: 404,
    code: "resource_missing",
    param: "id",
    message: "No such customer: 'cus_none'",
  });
  await expect(
    stripe.paymentIntents.create({ amount: 500, currency: "usd", customer: "cus_none" }),
  ).rejects.toMatchObject({ statusCode: 400, code: "resource_missing", param: "customer" });
  // An id of another kind is not found either.
  const customer = await stripe.customers.create();
  await expect(stripe.prices.retrieve(customer.id)).rejects.toMatchObject({ statusCode: 404 });
});

test("a deleted customer answers as deleted, and cannot be deleted or changed again", async () => {
  const { stripe } = await startWorld();
  const { id } = await stripe.customers.create({ email: "ada@example.com" });
  await stripe.customers.del(id);
  expect(await stripe.customers.retrieve(id)).toEqual({ id, object: "customer", deleted: true });
  await expect(stripe.customers.del(id)).rejects.toMatchObject({ statusCode: 404 });
  await expect(stripe.customers.update(id, { email: "x@example.com" })).rejects.toMatchObject({ statusCode: 404 });
  expect((await stripe.customers.list()).data).toEqual([]);
});

test("expand replaces ids through several levels and inside lists", async () => {
  const world = await startWorld();
  const { customer } = await customerWithCard(world);
  const price = await monthlyPrice(world, 2_900, "Pro");
  const subscription = await world.stripe.subscriptions.create({
    customer,
    items: [{ price }],
    expand: ["customer.invoice_settings.default_payment_method", "latest_invoice.payments.data.payment.payment_intent"],
  });
  expect(subscription).toMatchObject({
    customer: { id: customer, invoice_settings: { default_payment_method: { card: { last4: "4242" } } } },
    latest_invoice: { payments: { data: [{ payment: { payment_intent: { status: "succeeded" } } }] } },
  });
  const list = await world.stripe.charges.list({ expand: ["data.balance_transaction", "data.customer"] });
  expect(list.data).toMatchObject([{ customer: { email: "ada@example.com" }, balance_transaction: { net: 2_786 } }]);
  // Without `expand` it is ids again: nothing of it was stored.
  expect((await world.stripe.subscriptions.retrieve(subscription.id)).customer).toBe(customer);
});

test("what cannot be expanded, or lies too deep, is refused", async () => {
  const { stripe } = await startWorld();
  const { id } = await stripe.customers.create({ email: "ada@example.com" });
  await expect(stripe.customers.retrieve(id, { expand: ["email"] })).rejects.toMatchObject({ param: "expand" });
  await expect(stripe.customers.retrieve(id, { expand: ["nothing"] })).rejects.toMatchObject({ param: "expand" });
  await expect(stripe.customers.retrieve(id, { expand: ["a.b.c.d.e"] })).rejects.toThrow("more than 4 levels");
});

test("tiers are shown only when they are expanded", async () => {
  const { stripe } = await startWorld();
  const { id: product } = await stripe.products.create({ name: "API" });
  const price = await stripe.prices.create({
    product,
    currency: "usd",
    recurring: { interval: "month" },
    billing_scheme: "tiered",
    tiers_mode: "graduated",
    tiers: [
      { up_to: 10, flat_amount: 500 },
      { up_to: "inf", unit_amount_decimal: "0.25" as never },
    ],
  });
  expect(price.tiers).toBeUndefined();
  const shown = await stripe.prices.retrieve(price.id, { expand: ["tiers"] });
  expect(shown.tiers?.map((tier) => [tier.up_to, tier.flat_amount, String(tier.unit_amount_decimal)])).toEqual([
    [10, 500, "null"],
    [null, null, "0.25"],
  ]);
});

test("pages go both ways, and walking them meets each object once", async () => {
  const { stripe } = await startWorld();
  const made: string[] = [];
  for (let i = 0; i < 25; i++) made.unshift((await stripe.customers.create({ name: `Customer ${i}` })).id);
  const ids = (list: { data: { id: string }[] }) => list.data.map(({ id }) => id);
  const first = await stripe.customers.list();
  expect(ids(first)).toEqual(made.slice(0, 10));
  expect(first).toMatchObject({ has_more: true, url: "/v1/customers" });
  const last = await stripe.customers.list({ limit: 10, starting_after: made[19] ?? "" });
  expect({ ids: ids(last), more: last.has_more }).toEqual({ ids: made.slice(20), more: false });
  const back = await stripe.customers.list({ limit: 5, ending_before: made[20] ?? "" });
  expect({ ids: ids(back), more: back.has_more }).toEqual({ ids: made.slice(15, 20), more: true });
  const begin = await stripe.customers.list({ limit: 5, ending_before: made[5] ?? "" });
  expect({ ids: ids(begin), more: begin.has_more }).toEqual({ ids: made.slice(0, 5), more: false });
  const walked: string[] = [];
  for await (const { id } of stripe.customers.list({ limit: 4 })) walked.push(id);
  expect(walked).toEqual(made);
});

test.each([
  ["both ways at once", { starting_after: "cus_a", ending_before: "cus_b" }, undefined],
  ["a cursor nobody knows", { starting_after: "cus_none" }, "resource_missing"],
  ["a limit of 0", { limit: 0 }, "parameter_invalid_integer"],
  ["a limit of 101", { limit: 101 }, "parameter_invalid_integer"],
])("a page with %s is refused", async (_what, params, code) => {
  const { stripe } = await startWorld();
  await expect(stripe.customers.list(params)).rejects.toMatchObject({ statusCode: 400, code });
});

test("lists are filtered by time and by field", async () => {
  const world = await startWorld();
  const early = await world.stripe.customers.create({ email: "a@example.com" });
  await world.advance(3_600);
  const late = await world.stripe.customers.create({ email: "b@example.com" });
  const ids = async (params: object) => (await world.stripe.customers.list(params)).data.map(({ id }) => id);
  expect(await ids({ created: { gt: early.created } })).toEqual([late.id]);
  expect(await ids({ created: { lte: early.created } })).toEqual([early.id]);
  expect(await ids({ email: "b@example.com" })).toEqual([late.id]);
});

test("metadata: keys are merged, an empty value removes its key, an empty parameter all", async () => {
  const { stripe } = await startWorld();
  const { id } = await stripe.customers.create({ metadata: { a: "1", b: "2" } });
  expect((await stripe.customers.update(id, { metadata: { b: "3", c: "4" } })).metadata).toEqual({
    a: "1",
    b: "3",
    c: "4",
  });
  expect((await stripe.customers.update(id, { metadata: { a: "" } })).metadata).toEqual({ b: "3", c: "4" });
  expect((await stripe.customers.update(id, { name: "Ada" })).metadata).toEqual({ b: "3", c: "4" });
  expect((await stripe.customers.update(id, { metadata: "" })).metadata).toEqual({});
  const long = stripe.customers.update(id, { metadata: { key: "x".repeat(501) } });
  await expect(long).rejects.toMatchObject({ param: "metadata[key]" });
  const names = Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`key${i}`, "x"]));
  await expect(stripe.customers.update(id, { metadata: names })).rejects.toMatchObject({ param: "metadata" });
});

test("an idempotency key answers again with the first answer and does nothing more", async () => {
  const world = await startWorld();
  const again = () => raw(world, "/v1/customers", form({ name: "Ada" }, { "idempotency-key": "k1" }));
  const first = await again();
  expect(first.headers.get("idempotent-replayed")).toBeNull();
  const second = await again();
  expect(second.headers.get("idempotent-replayed")).toBe("true");
  expect(second.headers.get("original-request")).toBe(first.headers.get("request-id"));
  expect(second.headers.get("request-id")).not.toBe(first.headers.get("request-id"));
  expect(second.body).toEqual(first.body);
  expect((await world.stripe.customers.list()).data).toHaveLength(1);
});

test("an idempotency key with another body is refused", async () => {
  const { stripe } = await startWorld();
  await stripe.customers.create({ name: "Ada" }, { idempotencyKey: "k1" });
  const other = stripe.customers.create({ name: "Eve" }, { idempotencyKey: "k1" });
  await expect(other).rejects.toMatchObject({ type: "StripeIdempotencyError", statusCode: 400 });
  await expect(stripe.products.create({ name: "Ada" }, { idempotencyKey: "k1" })).rejects.toMatchObject({
    type: "StripeIdempotencyError",
  });
});

test("a decline is replayed too: a retry with the same key never charges a card that was refused", async () => {
  const { stripe } = await startWorld();
  const charge = () =>
    stripe.paymentIntents.create(
      {
        amount: 500,
        currency: "usd",
        payment_method: "pm_card_visa_chargeDeclined",
        allowed_payment_method_types: ["card"],
        confirm: true,
      },
      { idempotencyKey: "k1" },
    );
  const first = await charge().catch((error: unknown) => error);
  expect(first).toMatchObject({ statusCode: 402 });
  await expect(charge()).rejects.toMatchObject({ statusCode: 402, charge: (first as { charge: string }).charge });
  expect((await stripe.charges.list()).data).toHaveLength(1);
});

test("a request that fails its validation does not use up its key", async () => {
  const world = await startWorld();
  const bad = await raw(world, "/v1/customers", form({ nickname: "x" }, { "idempotency-key": "k1" }));
  expect(bad.status).toBe(400);
  const good = await raw(world, "/v1/customers", form({ name: "Ada" }, { "idempotency-key": "k1" }));
  expect(good.status).toBe(200);
});

test("ten repeats at once with one key charge once", async () => {
  const { stripe } = await startWorld();
  const charges = await Promise.all(
    Array.from({ length: 10 }, () =>
      stripe.paymentIntents.create(
        {
          amount: 500,
          currency: "usd",
          payment_method: "pm_card_visa",
          allowed_payment_method_types: ["card"],
          confirm: true,
        },
        { idempotencyKey: "k1" },
      ),
    ),
  );
  expect(new Set(charges.map(({ id }) => id)).size).toBe(1);
  expect((await stripe.charges.list()).data).toHaveLength(1);
});

test("a key is forgotten after a day, so that a late retry is seen to charge twice", async () => {
  const world = await startWorld();
  const create = () => world.stripe.customers.create({ name: "Ada" }, { idempotencyKey: "k1" });
  const first = await create();
  await world.advance(86_399);
  expect((await create()).id).toBe(first.id);
  await world.advance(2);
  const late = await create();
  expect(late.id).not.toBe(first.id);
  expect((await create()).id).toBe(late.id);
});

test("a lookup key names one price, and moves only when that is asked for", async () => {
  const { stripe } = await startWorld();
  const { id: product } = await stripe.products.create({ name: "Pro" });
  const price = (unit_amount: number, transfer_lookup_key = false) =>
    stripe.prices.create({ product, currency: "usd", unit_amount, lookup_key: "pro", transfer_lookup_key });
  const first = await price(2_900);
  await expect(price(3_900)).rejects.toMatchObject({ statusCode: 400, param: "lookup_key" });
  const second = await price(3_900, true);
  expect((await stripe.prices.list({ lookup_keys: ["pro"] })).data.map(({ id }) => id)).toEqual([second.id]);
  expect((await stripe.prices.retrieve(first.id)).lookup_key).toBeNull();
});

test("the SDK's id of the request is the one in the event", async () => {
  const { stripe } = await startWorld();
  const customer = await stripe.customers.create({}, { idempotencyKey: "k1" });
  const [event] = (await stripe.events.list({ type: "customer.created" })).data;
  expect(event?.request).toEqual({ id: customer.lastResponse.requestId, idempotency_key: "k1" });
});
