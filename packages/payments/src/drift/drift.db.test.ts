import { money } from "@revops/core";
import { forEachDatabase } from "@revops/testing/vitest";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { catalog, openWorld } from "../../test/world.ts";

const subjectId = "usr_1";

forEachDatabase("drift", (open) => {
  test("what no webhook told of is named, field by field, and repaired", async () => {
    const world = await openWorld(open, { hold: true });
    const { payments, stripe } = world;
    await payments.plans.push(catalog);
    await payments.paymentMethods.attach({ subjectId, paymentMethodId: "pm_card_visa" });
    await payments.subscriptions.change({ subjectId, tier: "pro" });
    const order = { subjectId, reference: "pur_1", amount: money(900, "usd"), description: "x" };
    const paid = await payments.payments.charge(order);
    // The invoice is told of by webhooks alone.
    expect((await payments.drift({ repair: true })).drifts).toMatchObject([{ kind: "invoice", fields: ["missing"] }]);
    expect(await payments.drift()).toMatchObject({ drifts: [] });

    const living = await payments.subscriptions.get(subjectId);
    const [customer] = (await stripe.customers.list()).data;
    const id = customer?.id ?? "";
    await stripe.subscriptions.update(living?.stripeSubscriptionId ?? "", { cancel_at_period_end: true });
    await stripe.customers.update(id, { email: "new@example.com" });
    await stripe.paymentMethods.attach("pm_card_mastercard", { customer: id });
    await stripe.refunds.create({ payment_intent: paid.stripePaymentIntentId ?? "", amount: 100 });
    await world.database.rows(sql`update payments_invoices set status = 'open'`);
    const report = await payments.drift();
    expect(report.drifts.map(({ kind, fields, repaired }) => [kind, fields, repaired])).toEqual([
      ["customer", ["email"], false],
      ["payment_method", ["missing"], false],
      ["payment_intent", ["amountRefunded"], false],
      ["payment_intent", ["missing"], false],
      ["subscription", ["cancelAtPeriodEnd"], false],
      ["invoice", ["status"], false],
    ]);
    expect(await payments.drift()).toEqual(report);
    expect((await payments.drift({ repair: true })).drifts.every(({ repaired }) => repaired)).toBe(true);
    expect(await payments.drift()).toMatchObject({ drifts: [] });
    expect(await payments.subscriptions.get(subjectId)).toMatchObject({ cancelAtPeriodEnd: true });
    expect(await payments.refunds.listOf(paid.id)).toMatchObject([{ amount: money(100, "usd") }]);
    expect((await payments.ledger.verify({ stripe: true })).differences.map(({ kind }) => kind)).toEqual([
      "stripe_transaction_missing",
      "stripe_balance_differs",
    ]);

    await stripe.paymentMethods.detach((await payments.paymentMethods.list(subjectId, { limit: 1 })).data[0]?.id ?? "");
    expect((await payments.drift({ repair: true })).drifts).toMatchObject([
      { kind: "payment_method", fields: ["unknown"] },
    ]);
    expect(await payments.drift({ since: world.clock.now() })).toMatchObject({ drifts: [] });
  });
});
