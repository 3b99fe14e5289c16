import Stripe from "stripe";
import { expect, onTestFinished, test } from "vitest";
import { startStripeEmulator } from "../src/index.ts";
import { day, sdk, startReceiver, startWorld, type World } from "./world.ts";

/** An account that may receive money. */
async function connected(world: World, more: Stripe.AccountCreateParams = {}) {
  const account = await world.stripe.accounts.create({
    type: "express",
    country: "US",
    capabilities: { transfers: { requested: true } },
    ...more,
  });
  await world.emulator.completeOnboarding(account.id);
  return account.id;
}

/** Money that is available at once. */
async function fund(world: World, amount = 100_000) {
  const intent = await world.stripe.paymentIntents.create({
    amount,
    currency: "usd",
    payment_method: "pm_card_bypassPending",
    allowed_payment_method_types: ["card"],
    confirm: true,
  });
  return String(intent.latest_charge);
}

const available = async (world: World, stripeAccount?: string) => {
  const balance = await world.stripe.balance.retrieve({}, stripeAccount === undefined ? {} : { stripeAccount });
  return balance.available.find((one) => one.currency === "usd")?.amount ?? 0;
};

test("an account may be paid once its owner has given what is due, by hand or through the onboarding page", async () => {
  const world = await startWorld();
  const account = await world.stripe.accounts.create({
    type: "custom",
    country: "US",
    email: "seller@example.com",
    capabilities: { transfers: { requested: true }, card_payments: { requested: true } },
  });
  expect(account).toMatchObject({
    charges_enabled: false,
    payouts_enabled: false,
    capabilities: { transfers: "inactive" },
  });
  expect(account.requirements?.currently_due).toEqual(["external_account", "tos_acceptance.date", "tos_acceptance.ip"]);
  const ready = await world.stripe.accounts.update(account.id, {
    tos_acceptance: { date: world.now(), ip: "203.0.113.7" },
    external_account: {
      object: "bank_account",
      country: "US",
      currency: "usd",
      account_number: "000123456789",
      routing_number: "110000000",
    },
    metadata: { shop: "7" },
  });
  expect(ready).toMatchObject({
    charges_enabled: true,
    payouts_enabled: true,
    capabilities: { transfers: "active" },
    metadata: { shop: "7" },
    external_accounts: { data: [{ last4: "6789", default_for_currency: true }] },
  });

  const express = await world.stripe.accounts.create({
    type: "express",
    capabilities: { transfers: { requested: true } },
  });
  const link = await world.stripe.accountLinks.create({
    account: express.id,
    type: "account_onboarding",
    refresh_url: "https://shop.example/again",
    return_url: "https://shop.example/done",
  });
  const page = await fetch(link.url);
  expect(await page.text()).toContain("external_account");
  const sent = await fetch(link.url, { method: "POST", redirect: "manual" });
  expect(sent.headers.get("location")).toBe("https://shop.example/done");
  expect((await world.stripe.accounts.retrieve(express.id)).capabilities).toEqual({ transfers: "active" });
  await world.advance(600);
  expect((await fetch(link.url, { redirect: "manual" })).headers.get("location")).toBe("https://shop.example/again");
  expect((await world.stripe.accounts.list()).data.map((one) => one.id)).toEqual([express.id, account.id]);
});

test("a transfer moves what is available, and only that, and is booked on both sides", async () => {
  const world = await startWorld();
  const seller = await connected(world);
  await expect(
    world.stripe.transfers.create({ amount: 1_000, currency: "usd", destination: seller }),
  ).rejects.toMatchObject({ statusCode: 400, code: "balance_insufficient" });
  await fund(world, 10_000);
  const before = await available(world);
  expect(before).toBe(10_000 - 320);
  const transfer = await world.stripe.transfers.create({
    amount: 4_000,
    currency: "usd",
    destination: seller,
    transfer_group: "order_1",
  });
  expect(await available(world)).toBe(before - 4_000);
  expect(await available(world, seller)).toBe(4_000);
  const [entry] = (await world.stripe.balanceTransactions.list({ source: transfer.id })).data;
  expect(entry).toMatchObject({ type: "transfer", amount: -4_000, net: -4_000 });
  const own = await world.stripe.balanceTransactions.list({}, { stripeAccount: seller });
  expect(own.data).toMatchObject([{ type: "payment", amount: 4_000, source: transfer.destination_payment }]);
  const payment = await world.stripe.charges.retrieve(
    String(transfer.destination_payment),
    {},
    { stripeAccount: seller },
  );
  expect(payment).toMatchObject({ source_transfer: transfer.id, amount: 4_000 });
  await expect(world.stripe.charges.retrieve(payment.id)).rejects.toMatchObject({ code: "resource_missing" });
  expect((await world.stripe.transfers.list({ transfer_group: "order_1" })).data).toHaveLength(1);
});

test("a transfer tied to a charge may come before its money, but never be more than it", async () => {
  const world = await startWorld();
  const seller = await connected(world);
  const intent = await world.stripe.paymentIntents.create({
    amount: 5_000,
    currency: "usd",
    payment_method: "pm_card_visa",
    allowed_payment_method_types: ["card"],
    confirm: true,
  });
  const source_transaction = String(intent.latest_charge);
  const transfer = await world.stripe.transfers.create({
    amount: 4_250,
    currency: "usd",
    destination: seller,
    source_transaction,
  });
  expect(transfer.transfer_group).toBe(`group_${intent.id}`);
  expect(await available(world, seller)).toBe(0);
  await expect(
    world.stripe.transfers.create({ amount: 751, currency: "usd", destination: seller, source_transaction }),
  ).rejects.toMatchObject({ param: "amount" });
  await world.advance(2 * day);
  expect(await available(world, seller)).toBe(4_250);
  expect(await available(world)).toBe(5_000 - 175 - 4_250);
});

test("a reversal takes back what is left, once, and only what the account still has", async () => {
  const world = await startWorld();
  const seller = await connected(world);
  await fund(world);
  const { id } = await world.stripe.transfers.create({ amount: 4_000, currency: "usd", destination: seller });
  const part = await world.stripe.transfers.createReversal(id, { amount: 1_500, metadata: { why: "refund" } });
  expect(part).toMatchObject({ amount: 1_500, transfer: id, metadata: { why: "refund" } });
  expect(await world.stripe.transfers.retrieve(id)).toMatchObject({
    amount_reversed: 1_500,
    reversed: false,
    reversals: { data: [{ id: part.id }] },
  });
  expect(await available(world, seller)).toBe(2_500);
  await expect(world.stripe.transfers.createReversal(id, { amount: 2_501 })).rejects.toMatchObject({ param: "amount" });
  await world.stripe.payouts.create({ amount: 2_000, currency: "usd" }, { stripeAccount: seller });
  await expect(world.stripe.transfers.createReversal(id)).rejects.toMatchObject({ code: "balance_insufficient" });
  await world.stripe.transfers.createReversal(id, { amount: 500 });
  expect((await world.stripe.transfers.listReversals(id)).data.map((one) => one.amount)).toEqual([500, 1_500]);
  expect(await available(world, seller)).toBe(0);
});

test("a payout arrives at the bank, or comes back with its reason", async () => {
  const world = await startWorld();
  const seller = await connected(world);
  const closed = await connected(world, { external_account: "btok_us_accountClosed" });
  await fund(world);
  for (const destination of [seller, closed])
    await world.stripe.transfers.create({ amount: 3_000, currency: "usd", destination });
  const good = await world.stripe.payouts.create({ amount: 3_000, currency: "usd" }, { stripeAccount: seller });
  const bad = await world.stripe.payouts.create({ amount: 3_000, currency: "usd" }, { stripeAccount: closed });
  expect(good).toMatchObject({ status: "pending", automatic: false });
  await expect(
    world.stripe.payouts.create({ amount: 1, currency: "usd" }, { stripeAccount: seller }),
  ).rejects.toMatchObject({ code: "balance_insufficient" });
  await world.advance(2 * day + 1);
  expect((await world.stripe.payouts.retrieve(good.id, {}, { stripeAccount: seller })).status).toBe("paid");
  expect(await world.stripe.payouts.retrieve(bad.id, {}, { stripeAccount: closed })).toMatchObject({
    status: "failed",
    failure_code: "account_closed",
  });
  expect(await available(world, closed)).toBe(3_000);
});

test("events of a connected account go to Connect endpoints only, and name it", async () => {
  const platform = await startReceiver();
  const connect = await startReceiver();
  const world = await startWorld({ webhookEndpoints: [{ url: platform.url, secret: "whsec_platform" }] });
  await world.emulator.addWebhookEndpoint({ url: connect.url, secret: "whsec_connect", connect: true });
  const seller = await connected(world);
  await fund(world);
  await world.stripe.transfers.create({ amount: 3_000, currency: "usd", destination: seller });
  await world.stripe.payouts.create({ amount: 3_000, currency: "usd" }, { stripeAccount: seller });
  await world.advance(3 * day);
  await world.emulator.settle();
  const read = (bodies: { body: string }[]) => bodies.map(({ body }) => JSON.parse(body) as Stripe.Event);
  const own = read(platform.bodies);
  expect(own.every((event) => event.account === undefined)).toBe(true);
  expect(own.map((event) => event.type)).toContain("transfer.created");
  const theirs = read(connect.bodies);
  expect(theirs.every((event) => event.account === seller)).toBe(true);
  expect(theirs.map((event) => event.type).filter((type) => type.startsWith("payout"))).toEqual([
    "payout.created",
    "payout.paid",
  ]);
  const listed = await world.stripe.events.list({}, { stripeAccount: seller });
  expect(listed.data.map((event) => event.id).sort()).toEqual(theirs.map((event) => event.id).sort());
});

test("an account the key does not reach is a 403, and each account has idempotency keys of its own", async () => {
  const world = await startWorld();
  await expect(world.stripe.balance.retrieve({}, { stripeAccount: "acct_none" })).rejects.toBeInstanceOf(
    Stripe.errors.StripePermissionError,
  );
  const [one, two] = [await connected(world), await connected(world)];
  const create = (stripeAccount: string) =>
    world.stripe.customers.create({ email: "ada@example.com" }, { stripeAccount, idempotencyKey: "same" });
  const first = await create(one);
  expect((await create(one)).id).toBe(first.id);
  expect((await create(two)).id).not.toBe(first.id);
  expect((await world.stripe.customers.list({}, { stripeAccount: two })).data).toHaveLength(1);
  expect((await world.stripe.customers.list()).data).toEqual([]);
});

test("a state of an older layout is opened, with all it has as the platform's own", async () => {
  const { mkdtempSync, rmSync } = await import("node:fs");
  const { join } = await import("node:path");
  const { tmpdir } = await import("node:os");
  const { default: Database } = await import("better-sqlite3");
  const folder = mkdtempSync(join(tmpdir(), "emulator-layout-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "stripe.db");
  const first = await startStripeEmulator({ file });
  const customer = await sdk(first.port).customers.create({ email: "ada@example.com" });
  await first.close();
  const database = new Database(file);
  database.exec("drop index objects_by_kind; alter table objects drop column account; pragma user_version = 2");
  database.close();
  const second = await startStripeEmulator({ file });
  onTestFinished(() => second.close());
  expect(await sdk(second.port).customers.retrieve(customer.id)).toMatchObject({ email: "ada@example.com" });
});
