import { isRevopsError, money } from "@revops/core";
import { forEachDatabase, type OpenDatabase } from "@revops/testing/vitest";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { catalog, openWorld, type World } from "../../test/world.ts";

const subjectId = "usr_1";
const dayMs = 86_400_000;

const pay = ({ payments }: World, reference: string, cents: number, paymentMethodId = "pm_card_bypassPending") =>
  payments.payments.charge({ subjectId, reference, amount: money(cents, "usd"), description: "x", paymentMethodId });
const balance = ({ payments }: World, account: string, currency = "usd") =>
  payments.ledger.balance({ account, currency });
const proven = async ({ payments }: World) =>
  expect((await payments.ledger.verify({ stripe: true })).differences).toEqual([]);

async function connected(open: OpenDatabase) {
  const world = await openWorld(open);
  await pay(world, "pur_1", 10_000);
  const { stripeAccountId: accountId } = await world.payments.connectedAccounts.create({ publisherId: "usr_9" });
  await world.settle();
  await world.emulator.completeOnboarding(accountId);
  const input = { reference: "payout_1", publisherId: "usr_9", accountId, amount: money(700, "usd") };
  return { ...world, input };
}

forEachDatabase("the books of a Stripe account", (open) => {
  test("a charge and its fee are in them when it is told of, a refund in parts too, once each", async () => {
    const world = await openWorld(open);
    const { payments, facts } = world;
    const seen: number[] = [];
    facts.on("payment.succeeded", async (tx) => {
      seen.push(await payments.ledger.balance({ account: "revenue:payments", currency: "usd" }, tx));
    });
    const { id: paymentId } = await pay(world, "pur_1", 1_000);
    expect(seen).toEqual([-1_000]);
    expect(await balance(world, "stripe:fees")).toBe(59);
    expect(await balance(world, "stripe:balance")).toBe(941);
    const half = { reference: "rf_1", paymentId, amount: money(400, "usd") };
    const [first, again] = await Promise.all([payments.refunds.create(half), payments.refunds.create(half)]);
    expect(again).toEqual(first);
    expect(first).toMatchObject({ status: "succeeded", amount: money(400, "usd"), stripeRefundId: expect.anything() });
    await world.settle();
    expect(await balance(world, "refunds")).toBe(400);
    expect(await payments.refunds.create({ reference: "rf_2", paymentId })).toMatchObject({
      amount: money(600, "usd"),
    });
    await world.settle();
    expect(await payments.payments.get(paymentId)).toMatchObject({ amountRefunded: money(1_000, "usd") });
    expect(await payments.refunds.listOf(paymentId)).toHaveLength(2);
    expect(await balance(world, "stripe:balance")).toBe(-59);
    expect(world.names().filter((name) => name === "payment.refunded")).toHaveLength(2);
    await proven(world);
  });

  test("what cannot be given back is refused, and leaves nothing", async () => {
    const world = await openWorld(open);
    const { payments } = world;
    const paid = await pay(world, "pur_1", 1_000);
    const of = (reference: string, cents: number, currency = "usd") =>
      payments.refunds.create({ reference, paymentId: paid.id, amount: { amount: cents, currency } });
    await expect(of("rf_1", 1_001)).rejects.toMatchObject({ code: "payment_not_refundable" });
    await expect(of("rf_1", 0)).rejects.toMatchObject({ code: "invalid_amount" });
    await expect(of("rf_1", 100, "eur")).rejects.toMatchObject({ code: "invalid_amount" });
    const unknown = payments.refunds.create({ reference: "rf_1", paymentId: "pay_nothing" });
    await expect(unknown).rejects.toMatchObject({ code: "payment_not_found" });
    await of("rf_1", 100);
    await expect(of("rf_1", 200)).rejects.toMatchObject({ code: "reference_reused" });
    // Two at once for more than there is: Stripe takes one of them.
    const both = await Promise.allSettled([of("rf_2", 800), of("rf_3", 800)]);
    const refused = both.filter((result) => result.status === "rejected");
    expect(refused).toHaveLength(1);
    expect(refused.every(({ reason }) => isRevopsError(reason, "payment_not_refundable"))).toBe(true);
    await world.settle();
    expect(await balance(world, "refunds")).toBe(900);
    await proven(world);
  });

  test("a refund that the bank sends back is ours again", async () => {
    const world = await openWorld(open);
    const { id: paymentId } = await pay(world, "pur_1", 1_000, "pm_card_refundFail");
    await world.payments.refunds.create({ reference: "rf_1", paymentId });
    await world.settle();
    expect(await balance(world, "refunds")).toBe(1_000);
    await world.advance(2 * 3_600_000);
    expect(await world.payments.refunds.get("rf_1")).toMatchObject({ status: "failed" });
    expect(await balance(world, "refunds")).toBe(0);
    expect(world.names().filter((name) => name.startsWith("refund") || name === "payment.refunded")).toEqual([
      "payment.refunded",
      "refund.failed",
    ]);
    await proven(world);
  });

  test("a subscription's charges are its own revenue, and a renewal's too", async () => {
    const world = await openWorld(open);
    const { payments } = world;
    await payments.plans.push(catalog);
    await payments.paymentMethods.attach({ subjectId, paymentMethodId: "pm_card_visa" });
    const { currentPeriodEnd } = await payments.subscriptions.change({ subjectId, tier: "pro" });
    await world.advance(new Date(currentPeriodEnd.getTime() + 2 * 3_600_000));
    expect(await balance(world, "revenue:subscriptions")).toBe(-5_800);
    expect(await balance(world, "revenue:payments")).toBe(0);
    const { data } = await payments.ledger.entries({ account: "revenue:subscriptions", limit: 10 });
    const invoices = (await payments.invoices.list(subjectId, { limit: 10 })).data;
    expect(data.map(({ reference }) => reference)).toEqual(invoices.map((invoice) => invoice.stripeInvoiceId));
    await proven(world);
  });

  test.each([
    ["won", "winning_evidence", 0],
    ["lost", "losing_evidence", 1_000],
  ] as const)("a dispute that is %s", async (status, evidence, lost) => {
    const world = await openWorld(open);
    const { payments, stripe } = world;
    const paid = await pay(world, "pur_1", 1_000, "pm_card_createDispute");
    await world.settle();
    expect(await balance(world, "disputes")).toBe(1_000);
    const [dispute] = (await payments.disputes.list({ limit: 10 })).data;
    expect(dispute).toMatchObject({ paymentId: paid.id, reference: "pur_1", status: "needs_response" });
    await stripe.disputes.update(dispute?.stripeDisputeId ?? "", { evidence: { uncategorized_text: evidence } });
    await world.settle();
    expect((await payments.disputes.list({ limit: 10 })).data).toMatchObject([{ status }]);
    expect(await balance(world, "disputes")).toBe(lost);
    expect(world.told.filter(({ name }) => name.startsWith("dispute."))).toMatchObject([
      { name: "dispute.opened", fact: { payment: { id: paid.id } } },
      { name: "dispute.closed", fact: { dispute: { status } } },
    ]);
    await proven(world);
  });

  test("an inquiry moves no money and opens no dispute", async () => {
    const world = await openWorld(open);
    await pay(world, "pur_1", 1_000, "pm_card_createDisputeInquiry");
    await world.settle();
    expect(await balance(world, "disputes")).toBe(0);
    expect(world.names().filter((name) => name.startsWith("dispute"))).toEqual(["dispute.inquiry_opened"]);
    await proven(world);
  });

  test("a publisher is paid once per reference, and what was paid can be taken back", async () => {
    const { input, ...world } = await connected(open);
    const { transfers, connectedAccounts } = world.payments;
    expect(await connectedAccounts.create({ publisherId: "usr_9" })).toMatchObject({
      stripeAccountId: input.accountId,
    });
    const made = await Promise.all(Array.from({ length: 6 }, () => transfers.create(input)));
    expect(new Set(made.map(({ stripeTransferId }) => stripeTransferId)).size).toBe(1);
    expect(await balance(world, "payouts:in_transit")).toBe(700);
    await expect(transfers.create({ ...input, amount: money(701, "usd") })).rejects.toMatchObject({
      code: "reference_reused",
    });
    const part = { reference: "payout_1", amount: money(200, "usd"), reversalReference: "rev_1" };
    expect(await transfers.reverse(part)).toMatchObject({ amountReversed: money(200, "usd") });
    expect(await transfers.reverse(part)).toMatchObject({ amountReversed: money(200, "usd") });
    expect(await transfers.reverse({ reference: "payout_1" })).toMatchObject({ amountReversed: money(700, "usd") });
    expect(await transfers.reverse({ reference: "payout_1" })).toMatchObject({ amountReversed: money(700, "usd") });
    await expect(transfers.reverse({ ...part, reversalReference: "rev_2" })).rejects.toMatchObject({
      code: "invalid_amount",
    });
    await expect(transfers.reverse({ reference: "payout_2" })).rejects.toMatchObject({ code: "transfer_not_found" });
    await world.settle();
    expect(await balance(world, "payouts:in_transit")).toBe(0);
    expect(world.names().filter((name) => name.startsWith("transfer"))).toEqual([
      "transfer.succeeded",
      "transfer.reversed",
      "transfer.reversed",
    ]);
    await proven(world);
  });

  test("a publisher is led to Stripe's page, and can be paid once they were there", async () => {
    const world = await openWorld(open);
    const { connectedAccounts, transfers } = world.payments;
    const urls = { returnUrl: "https://example.com/back", refreshUrl: "https://example.com/again" };
    const early = connectedAccounts.onboard({ publisherId: "usr_9", ...urls });
    await expect(early).rejects.toMatchObject({ code: "connected_account_not_found" });
    const account = await connectedAccounts.create({ publisherId: "usr_9", email: "p@example.com" });
    expect(account).toMatchObject({ transfersEnabled: false, detailsSubmitted: false });
    await pay(world, "pur_1", 5_000);
    const input = { reference: "p", publisherId: "usr_9", accountId: account.stripeAccountId, amount: money(9, "usd") };
    await expect(transfers.create(input)).rejects.toMatchObject({ code: "stripe_rejected" });
    const { url } = await connectedAccounts.onboard({ publisherId: "usr_9", ...urls });
    await fetch(url, { method: "POST", redirect: "manual" });
    expect(await connectedAccounts.refresh("usr_9")).toMatchObject({ transfersEnabled: true, detailsSubmitted: true });
    expect(await transfers.create(input)).toMatchObject({ status: "succeeded" });
    await proven(world);
  });

  test("a transfer that the balance does not cover fails, and goes through once it does", async () => {
    const { input, ...world } = await connected(open);
    const large = { ...input, amount: money(20_000, "usd") };
    const { transfers } = world.payments;
    await expect(transfers.create(large)).rejects.toMatchObject({
      code: "stripe_rejected",
      fields: { stripeCode: "balance_insufficient" },
    });
    expect(await transfers.get("payout_1")).toMatchObject({ status: "failed", stripeTransferId: null });
    await pay(world, "pur_2", 15_000);
    expect(await transfers.create(large)).toMatchObject({ status: "succeeded" });
    await world.settle();
    await proven(world);
  });

  test("what no webhook told of is named by verify and entered by catching up", async () => {
    const world = await openWorld(open, { hold: true });
    const { payments, stripe } = world;
    const { stripePaymentIntentId } = await pay(world, "pur_1", 1_000);
    await stripe.refunds.create({ payment_intent: stripePaymentIntentId ?? "", amount: 300 });
    const before = await payments.ledger.verify({ stripe: true });
    expect(before.differences.map(({ kind }) => kind)).toEqual([
      "stripe_transaction_missing",
      "stripe_balance_differs",
    ]);
    expect(await payments.ledger.catchUp()).toBe(1);
    expect(await balance(world, "refunds")).toBe(300);
    await proven(world);
    expect(await payments.ledger.catchUp()).toBe(0);
    await world.clock.advance(dayMs);
    expect(await payments.ledger.catchUp(new Date(0))).toBe(0);
  });

  test.each([
    ["an amount that differs", "update payments_ledger_entries set amount = amount + 7 where account <> 'stripe:fees'"],
    ["a transaction that Stripe never had", "update payments_ledger_postings set id = 'txn:txn_strange'"],
  ])("verify names %s", async (_what, damage) => {
    const world = await openWorld(open);
    await pay(world, "pur_1", 1_000);
    await proven(world);
    await world.database.rows(sql.raw(damage));
    expect((await world.payments.ledger.verify({ stripe: true })).differences).not.toEqual([]);
  });
});
