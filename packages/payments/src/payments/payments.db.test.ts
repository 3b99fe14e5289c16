import { money } from "@revops/core";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { openWorld, type World } from "../../test/world.ts";
import type { Payment } from "./payment.ts";

const subjectId = "usr_1";
const amount = money(900, "usd");
const order = { subjectId, reference: "pur_1", amount, description: "A template" };

const attach = ({ payments }: World, paymentMethodId: string) =>
  payments.paymentMethods.attach({ subjectId, paymentMethodId });
const charges = async ({ stripe }: World) => (await stripe.charges.list()).data;

/** As the cardholder does on their bank's page. */
async function authenticate(world: World, { stripePaymentIntentId, clientSecret }: Payment): Promise<void> {
  const page = `${world.emulator.url}/_emulator/authenticate/${stripePaymentIntentId}?client_secret=${clientSecret}`;
  const headers = { "content-type": "application/json" };
  await fetch(page, { method: "POST", headers, body: JSON.stringify({ outcome: "complete" }) });
  await world.settle();
}

forEachDatabase("payments", (open) => {
  test("a charge is taken, told once, and its webhooks tell nothing twice", async () => {
    const world = await openWorld(open);
    await attach(world, "pm_card_visa");
    const payment = await world.payments.payments.charge(order);
    expect(payment).toMatchObject({ reference: "pur_1", amount, status: "succeeded", clientSecret: null });
    await world.settle();
    expect(world.names()).toEqual(["payment.succeeded"]);
    expect(await world.payments.payments.get(payment.id)).toEqual(payment);
    expect(await world.payments.webhooks.counts()).toMatchObject({ received: 0 });
    expect((await world.payments.webhooks.counts()).processed).toBeGreaterThan(3);
  });

  test("the same reference charges once, one after another and twenty at a time", async () => {
    const world = await openWorld(open);
    await attach(world, "pm_card_visa");
    const at = await Promise.all(Array.from({ length: 20 }, () => world.payments.payments.charge(order)));
    const other = world.again().payments;
    const more = await Promise.all([other.payments.charge(order), world.payments.payments.charge(order)]);
    expect(new Set([...at, ...more].map(({ id, status }) => `${id} ${status}`)).size).toBe(1);
    expect(await charges(world)).toHaveLength(1);
    await world.settle();
    expect(world.names()).toEqual(["payment.succeeded"]);
  });

  test("a reference is not lent to another amount or subject", async () => {
    const world = await openWorld(open);
    await attach(world, "pm_card_visa");
    await world.payments.payments.charge(order);
    const wrong = [
      { ...order, amount: money(901, "usd") },
      { ...order, subjectId: "usr_2", paymentMethodId: "pm_card_visa" },
    ];
    for (const input of wrong) {
      await expect(world.payments.payments.charge(input)).rejects.toMatchObject({ code: "reference_reused" });
    }
    expect(await charges(world)).toHaveLength(1);
  });

  test("without a payment method, a payment is required and nothing is left behind", async () => {
    const world = await openWorld(open);
    await expect(world.payments.payments.charge(order)).rejects.toMatchObject({ code: "payment_required" });
    await attach(world, "pm_card_visa");
    expect(await world.payments.payments.charge(order)).toMatchObject({ status: "succeeded" });
  });

  test("a decline says why, and another card pays for the same reference on the same intent", async () => {
    const world = await openWorld(open);
    const declined = { ...order, paymentMethodId: "pm_card_visa_chargeDeclinedInsufficientFunds" };
    await expect(world.payments.payments.charge(declined)).rejects.toMatchObject({
      code: "insufficient_funds",
      fields: { declineCode: "insufficient_funds" },
    });
    await world.settle();
    expect(world.names()).toEqual(["payment.failed"]);
    await expect(world.payments.payments.charge(declined)).rejects.toMatchObject({ code: "insufficient_funds" });
    await world.settle();
    expect(world.names()).toEqual(["payment.failed", "payment.failed"]);
    const paid = await world.payments.payments.charge({ ...order, paymentMethodId: "pm_card_visa" });
    expect(paid).toMatchObject({ status: "succeeded", declineCode: null });
    await world.settle();
    expect(world.names()).toEqual(["payment.failed", "payment.failed", "payment.succeeded"]);
    expect((await world.stripe.paymentIntents.list()).data).toHaveLength(1);
    expect((await charges(world)).filter(({ paid: isPaid }) => isPaid)).toHaveLength(1);
  });

  test("twenty at a time on a declining card: each is told of the decline", async () => {
    const world = await openWorld(open);
    const input = { ...order, paymentMethodId: "pm_card_visa_chargeDeclined" };
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => world.payments.payments.charge(input)));
    for (const result of results) expect(result).toMatchObject({ reason: { code: "card_declined" } });
    expect((await world.stripe.paymentIntents.list()).data).toHaveLength(1);
  });

  test("3-D Secure waits with a client secret and is finished by the webhook", async () => {
    const world = await openWorld(open);
    const input = { ...order, paymentMethodId: "pm_card_authenticationRequired" };
    const waiting = await world.payments.payments.charge(input);
    expect(waiting).toMatchObject({ status: "requires_action", clientSecret: expect.stringContaining("_secret_") });
    expect(await world.payments.payments.charge(input)).toEqual(waiting);
    await authenticate(world, waiting);
    expect(await world.payments.payments.get(waiting.id)).toMatchObject({ status: "succeeded", clientSecret: null });
    expect(world.names()).toEqual(["payment.succeeded"]);
  });

  test("a card that its holder has confirmed for later is charged again with nobody there", async () => {
    const world = await openWorld(open);
    await attach(world, "pm_card_authenticationRequiredOnSetup");
    const alone = { ...order, reference: "pur_1.2", offSession: true };
    await expect(world.payments.payments.charge(alone)).rejects.toMatchObject({ code: "authentication_required" });
    const first = await world.payments.payments.charge({ ...order, setupFutureUsage: "off_session" });
    expect(first.status).toBe("requires_action");
    await authenticate(world, first);
    // The same reference: what was refused is confirmed on its own intent.
    expect(await world.payments.payments.charge(alone)).toMatchObject({ status: "succeeded", clientSecret: null });
    await world.settle();
    expect((await charges(world)).filter(({ paid }) => paid)).toHaveLength(2);
  });

  test("a card that is to be confirmed each time is refused when nobody is there", async () => {
    const world = await openWorld(open);
    await attach(world, "pm_card_authenticationRequired");
    const alone = { ...order, offSession: true };
    await expect(world.payments.payments.charge(alone)).rejects.toMatchObject({ code: "authentication_required" });
    await expect(world.payments.payments.charge(alone)).rejects.toMatchObject({ code: "authentication_required" });
    expect((await charges(world)).filter(({ paid }) => paid)).toEqual([]);
  });

  test("a refund made at Stripe is mirrored", async () => {
    const world = await openWorld(open);
    const payment = await world.payments.payments.charge({ ...order, paymentMethodId: "pm_card_visa" });
    await world.stripe.refunds.create({ payment_intent: payment.stripePaymentIntentId ?? "", amount: 400 });
    await world.settle();
    expect(await world.payments.payments.get(payment.id)).toMatchObject({ amountRefunded: money(400, "usd") });
  });

  test("what cannot be charged is refused before Stripe is asked", async () => {
    const world = await openWorld(open);
    for (const cents of [0, -1, 1.5, 100_000_000]) {
      const wrong = { ...order, amount: { amount: cents, currency: "usd" } };
      await expect(world.payments.payments.charge(wrong)).rejects.toMatchObject({ code: "invalid_amount" });
    }
    const unknown = { ...order, paymentMethodId: "pm_nothing" };
    await expect(world.payments.payments.charge(unknown)).rejects.toMatchObject({ code: "payment_method_not_found" });
    expect(await world.payments.payments.charge({ ...order, paymentMethodId: "pm_card_visa" })).toMatchObject({
      status: "succeeded",
    });
  });
});
