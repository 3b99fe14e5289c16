import { setTimeout as delay } from "node:timers/promises";
import { money } from "@revops/core";
import { forEachDatabase } from "@revops/testing/vitest";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { subjectId } from "../../test/names.ts";
import { catalog, openWorld } from "../../test/world.ts";

const away = { code: "stripe_unavailable" };

forEachDatabase("whoever waits for Stripe no longer", (open) => {
  test("hears so, and a charge that was begun is made without them, once for its reference", async () => {
    const world = await openWorld(open);
    const { payments, paymentMethods, within } = world.payments;
    await paymentMethods.attach({ subjectId, paymentMethodId: "pm_card_visa" });
    const slow = { type: "slow", method: "POST", path: "/v1/payment_intents", milliseconds: 700 } as const;
    world.emulator.faults.add(slow);
    const order = { subjectId, reference: "order-1", amount: money(900, "usd"), description: "A book" };
    await within(50, async () => {
      await expect(payments.charge(order)).rejects.toMatchObject(away);
      // Of the same patience nothing is left.
      await expect(payments.charge({ ...order, reference: "order-2" })).rejects.toMatchObject(away);
    });
    const left = await world.database.rows(sql`select operation from payments_stripe_calls where state = 'open'`);
    expect(left).toEqual([{ operation: "payment_intent.create" }]);
    // Whoever asks again waits for the same answer; Stripe is not asked twice.
    expect(await within(20_000, () => payments.charge(order))).toMatchObject({ status: "succeeded" });
    expect((await world.stripe.paymentIntents.list()).data).toHaveLength(1);
    expect(world.names().filter((name) => name === "payment.succeeded")).toHaveLength(1);
  });

  test("leaves a change of subscription to its end: what a refusal takes back is taken back", async () => {
    const world = await openWorld(open);
    const { plans, paymentMethods, subscriptions, within } = world.payments;
    await plans.push(catalog);
    await paymentMethods.attach({ subjectId, paymentMethodId: "pm_card_visa" });
    await subscriptions.change({ subjectId, tier: "team" });
    const planned = await subscriptions.change({ subjectId, tier: "pro" });
    await paymentMethods.attach({ subjectId, paymentMethodId: "pm_card_chargeCustomerFail" });
    world.emulator.faults.add({ type: "slow", method: "POST", path: "/v1/subscriptions/*", milliseconds: 500 });
    const upgrade = () => within(250, () => subscriptions.change({ subjectId, tier: "scale" }));
    await expect(upgrade()).rejects.toMatchObject(away);
    const present = () => subscriptions.get(subjectId);
    await expect.poll(present, { interval: 20 }).toMatchObject({ tier: "team", pendingTier: null });
    await expect.poll(present, { timeout: 20_000 }).toEqual(planned);
  });

  test("without a limit, and within a longer one, waits as before", async () => {
    const { payments } = await openWorld(open);
    const ensure = () => payments.customers.ensure({ subjectId });
    const customer = await ensure();
    expect(await payments.within(60_000, ensure)).toEqual(customer);
    await payments.within(60_000, () =>
      payments.within(10, async () => {
        await delay(30);
        await expect(ensure()).rejects.toMatchObject(away);
      }),
    );
    await payments.within(10, async () => {
      await delay(30);
      // A longer one inside gives no more than is left outside.
      await expect(payments.within(60_000, ensure)).rejects.toMatchObject(away);
    });
  });
});
