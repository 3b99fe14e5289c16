import { money } from "@revops/core";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { startProxy } from "../../test/proxy.ts";
import { catalog, openWorld } from "../../test/world.ts";

const subjectId = "usr_1";
const lines = [
  { description: "Workshop", amount: money(50_000, "usd") },
  { description: "Discount", amount: money(-5_000, "usd") },
];
const input = { subjectId, reference: "workshop-1", lines };

forEachDatabase("invoices of one's own", (open) => {
  test("are written once per reference, opened, paid once, and in the books", async () => {
    const { payments, stripe, settle } = await openWorld(open);
    await payments.paymentMethods.attach({ subjectId, paymentMethodId: "pm_card_visa" });
    const draft = await payments.invoices.create(input);
    expect(draft).toMatchObject({ status: "draft", amountDue: money(45_000, "usd") });
    expect((await payments.invoices.create(input)).id).toBe(draft.id);
    const of = { subjectId, invoiceId: draft.id };
    expect((await payments.invoices.get(of)).lines).toHaveLength(2);
    expect(await payments.invoices.finalize(of)).toMatchObject({ status: "open", number: expect.any(String) });
    expect(await payments.invoices.pay(of)).toMatchObject({ status: "paid", amountPaid: money(45_000, "usd") });
    await settle();
    await expect(payments.invoices.pay(of)).rejects.toMatchObject({ code: "invoice_not_payable" });
    await expect(payments.invoices.void(of)).rejects.toMatchObject({ code: "invoice_not_payable" });
    expect((await payments.invoices.create(input)).status).toBe("paid");
    const theirs = payments.invoices.pay({ ...of, subjectId: "usr_2" });
    await expect(theirs).rejects.toMatchObject({ code: "invoice_not_found" });
    expect((await stripe.invoices.list()).data).toHaveLength(1);
    expect((await payments.ledger.verify({ stripe: true })).differences).toEqual([]);
  });

  test("one whose answer was lost is completed by a repeat, not written twice", async () => {
    const proxy = await startProxy();
    const { payments, stripe } = await openWorld(open, { proxy });
    await payments.customers.ensure({ subjectId });
    proxy.weather = "lose";
    await expect(payments.invoices.create(input)).rejects.toMatchObject({ code: "stripe_unavailable" });
    proxy.weather = "pass";
    const made = await payments.invoices.create(input);
    expect(made).toMatchObject({ amountDue: money(45_000, "usd") });
    expect((await stripe.invoices.list()).data).toHaveLength(1);
    const of = { subjectId, invoiceId: made.id };
    await payments.invoices.finalize(of);
    expect(await payments.invoices.void(of)).toMatchObject({ status: "void" });
  });

  test("need lines in one currency", async () => {
    const { payments } = await openWorld(open);
    const mixed = [...lines, { description: "x", amount: money(1, "eur") }];
    for (const wrong of [[], mixed]) {
      const made = payments.invoices.create({ ...input, lines: wrong });
      await expect(made).rejects.toMatchObject({ code: "invalid_amount" });
    }
  });

  test("a subscription that is paused is not collected, and is again when it goes on", async () => {
    const world = await openWorld(open);
    const { payments } = world;
    await payments.plans.push(catalog);
    await payments.paymentMethods.attach({ subjectId, paymentMethodId: "pm_card_visa" });
    const { currentPeriodEnd } = await payments.subscriptions.change({ subjectId, tier: "pro" });
    expect(await payments.subscriptions.pause({ subjectId })).toMatchObject({
      collectionPaused: true,
      status: "active",
    });
    expect(await payments.subscriptions.pause({ subjectId })).toMatchObject({ collectionPaused: true });
    await world.advance(new Date(currentPeriodEnd.getTime() + 2 * 3_600_000));
    const paid = async () =>
      (await payments.invoices.list(subjectId, { limit: 10 })).data.filter(({ status }) => status === "paid").length;
    expect(await paid()).toBe(1);
    const going = await payments.subscriptions.resume(subjectId);
    expect(going).toMatchObject({ collectionPaused: false });
    await world.advance(new Date(going.currentPeriodEnd.getTime() + 2 * 3_600_000));
    expect(await paid()).toBe(2);
    const nobody = payments.subscriptions.pause({ subjectId: "usr_2" });
    await expect(nobody).rejects.toMatchObject({ code: "subscription_not_found" });
  });
});
