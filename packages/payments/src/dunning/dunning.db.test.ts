import { forEachDatabase, type OpenDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { catalog, openWorld, type World } from "../../test/world.ts";

const subjectId = "usr_1";
const dayMs = 86_400_000;

/** A month later, with a card that pays the first time and then does not. */
async function failing(
  open: OpenDatabase,
  token: string,
  settings: Parameters<World["emulator"]["configureBilling"]>[0] = {},
) {
  const world = await openWorld(open);
  await world.emulator.configureBilling(settings);
  const { payments } = world;
  await payments.plans.push(catalog);
  await payments.paymentMethods.attach({ subjectId, paymentMethodId: "pm_card_visa" });
  const { currentPeriodEnd } = await payments.subscriptions.change({ subjectId, tier: "pro" });
  await payments.paymentMethods.attach({ subjectId, paymentMethodId: token });
  await world.settle();
  world.told.length = 0;
  await world.advance(new Date(currentPeriodEnd.getTime() + 2 * 3_600_000));
  const steps = () => world.names().filter((name) => name.startsWith("dunning"));
  const current = async () => (await payments.dunning.list(subjectId))[0];
  return { ...world, steps, current };
}

forEachDatabase("dunning", (open) => {
  test("a soft decline is tried again as Stripe plans it, and a good card pays at once", async () => {
    const { payments, steps, current, ...world } = await failing(open, "pm_card_chargeCustomerFail");
    expect(await payments.subscriptions.get(subjectId)).toMatchObject({ status: "past_due" });
    expect(await current()).toMatchObject({ status: "retrying", attempts: 1, nextAttemptAt: expect.any(Date) });
    expect(steps()).toEqual(["dunning.started", "dunning.retry_scheduled"]);
    await world.advance(4 * dayMs);
    expect(await current()).toMatchObject({ status: "retrying", attempts: 2 });
    expect(steps()).toEqual(["dunning.started", "dunning.retry_scheduled", "dunning.retry_scheduled"]);
    // Another that is declined too changes nothing but the count.
    await payments.paymentMethods.attach({ subjectId, paymentMethodId: "pm_card_chargeCustomerFail" });
    expect(await current()).toMatchObject({ status: "retrying", endedAt: null });
    await payments.paymentMethods.attach({ subjectId, paymentMethodId: "pm_card_visa" });
    expect(await current()).toMatchObject({ status: "recovered", nextAttemptAt: null, endedAt: expect.any(Date) });
    // Before any webhook has come, and after.
    expect(await payments.subscriptions.get(subjectId)).toMatchObject({ status: "active" });
    await world.settle();
    expect(await payments.subscriptions.get(subjectId)).toMatchObject({ status: "active" });
    expect(steps().at(-1)).toBe("dunning.recovered");
    expect(steps().filter((name) => name === "dunning.recovered")).toHaveLength(1);
    await world.advance(30 * dayMs);
    expect(steps().filter((name) => name === "dunning.ended")).toEqual([]);
    expect((await payments.ledger.verify({ stripe: true })).differences).toEqual([]);
  });

  test("a card that will never pay is not tried again until there is another", async () => {
    const { payments, steps, current, stripe, ...world } = await failing(open, "pm_card_chargeDeclinedFraudulent");
    expect(await current()).toMatchObject({ status: "card_required", declineCode: "fraudulent", nextAttemptAt: null });
    expect(steps()).toEqual(["dunning.started", "dunning.card_required"]);
    await world.advance(12 * dayMs);
    const { stripeInvoiceId = "" } = (await current()) ?? {};
    expect(await stripe.invoices.retrieve(stripeInvoiceId)).toMatchObject({ attempt_count: 1, auto_advance: false });
    expect(await payments.subscriptions.get(subjectId)).toMatchObject({ status: "past_due" });
    await payments.paymentMethods.attach({ subjectId, paymentMethodId: "pm_card_visa" });
    expect(await current()).toMatchObject({ status: "recovered" });
    await world.settle();
    expect(await payments.subscriptions.get(subjectId)).toMatchObject({ status: "active" });
  });

  test("a bank that asks for the cardholder: they are led there, and it is paid", async () => {
    const { payments, steps, current, stripe, ...world } = await failing(open, "pm_card_authenticationRequired");
    const { stripeInvoiceId = "" } = (await current()) ?? {};
    expect(await current()).toMatchObject({ status: "authentication_required" });
    expect(steps()).toEqual(["dunning.started", "dunning.authentication_required"]);
    const { url, clientSecret } = await payments.dunning.authentication(stripeInvoiceId);
    expect(url).toContain(stripeInvoiceId);
    const [intentId = ""] = (clientSecret ?? "").split("_secret_");
    await stripe.paymentIntents.confirm(intentId, { payment_method: "pm_card_visa" });
    await world.settle();
    expect(await current()).toMatchObject({ status: "recovered" });
    expect(steps().at(-1)).toBe("dunning.recovered");
    expect(await payments.subscriptions.get(subjectId)).toMatchObject({ status: "active" });
  });

  test("past due, then unpaid, then canceled when the grace is over", async () => {
    const { payments, steps, current, stripe, ...world } = await failing(open, "pm_card_chargeCustomerFail", {
      afterLastRetry: "unpaid",
    });
    // In steps, so that each try is heard of before the next.
    for (let days = 0; days < 20; days += 4) await world.advance(4 * dayMs);
    expect(await current()).toMatchObject({ status: "exhausted" });
    expect(await payments.subscriptions.get(subjectId)).toMatchObject({ status: "unpaid" });
    await world.advance(2 * dayMs);
    await world.settle();
    expect(await payments.subscriptions.get(subjectId)).toBeNull();
    expect(await current()).toMatchObject({ status: "ended", endedAt: expect.any(Date) });
    const { stripeInvoiceId = "" } = (await current()) ?? {};
    expect(await stripe.invoices.retrieve(stripeInvoiceId)).toMatchObject({ status: "uncollectible" });
    expect(steps()).toEqual([
      "dunning.started",
      "dunning.retry_scheduled",
      "dunning.retry_scheduled",
      "dunning.retry_scheduled",
      "dunning.exhausted",
      "dunning.ended",
    ]);
    expect(world.names().filter((name) => name === "subscription.ended")).toHaveLength(1);
  });

  test("a card that was kept by a setup intent becomes the default and pays what is owed", async () => {
    const { payments, current, ...world } = await failing(open, "pm_card_chargeCustomerFail");
    const { id: setupIntentId, clientSecret } = await payments.setupIntents.create({ subjectId });
    expect(clientSecret).toContain("_secret_");
    const card = { subjectId, setupIntentId, paymentMethodId: "pm_card_visa" };
    const other = payments.setupIntents.confirm({ ...card, subjectId: "usr_2" });
    await expect(other).rejects.toMatchObject({ code: "setup_intent_not_found" });
    expect(await payments.setupIntents.confirm(card)).toMatchObject({ status: "succeeded", clientSecret: null });
    await world.settle();
    await world.settle();
    expect((await payments.paymentMethods.list(subjectId, { limit: 10 })).data).toMatchObject([
      { brand: "visa", last4: "4242", isDefault: true },
      {},
      {},
    ]);
    expect(await current()).toMatchObject({ status: "recovered" });
  });
});
