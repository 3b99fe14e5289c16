import { money } from "@revops/core";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { openWorld } from "../../test/world.ts";

const subjectId = "usr_1";

forEachDatabase("payment methods", (open) => {
  test("the newest is the default; when it goes, the newest of the others is", async () => {
    const { payments, stripe } = await openWorld(open);
    const { attach, list, detach } = payments.paymentMethods;
    const [visa, mastercard, amex] = [
      await attach({ subjectId, paymentMethodId: "pm_card_visa" }),
      await attach({ subjectId, paymentMethodId: "pm_card_mastercard" }),
      await attach({ subjectId, paymentMethodId: "pm_card_amex" }),
    ];
    expect(visa).toMatchObject({ type: "card", brand: "visa", last4: "4242", isDefault: true });
    const shown = async () =>
      (await list(subjectId, { limit: 10 })).data.map(({ brand, isDefault }) => `${brand} ${isDefault}`);
    expect(await shown()).toEqual(["amex true", "mastercard false", "visa false"]);
    await detach({ subjectId, paymentMethodId: amex.id });
    expect(await shown()).toEqual(["mastercard true", "visa false"]);
    await detach({ subjectId, paymentMethodId: visa.id });
    expect(await shown()).toEqual(["mastercard true"]);
    const [customer] = (await stripe.customers.list()).data;
    expect(customer?.invoice_settings.default_payment_method).toBe(mastercard.id);
    await detach({ subjectId, paymentMethodId: mastercard.id });
    expect(await shown()).toEqual([]);
    const spent = attach({ subjectId, paymentMethodId: mastercard.id });
    await expect(spent).rejects.toMatchObject({ code: "payment_method_not_found" });
    const order = { subjectId, reference: "pur_1", amount: money(900, "usd"), description: "x" };
    await expect(payments.payments.charge(order)).rejects.toMatchObject({ code: "payment_required" });
  });

  test("pages neither skip nor repeat", async () => {
    const { payments } = await openWorld(open);
    const { attach, list } = payments.paymentMethods;
    for (let n = 0; n < 5; n++) await attach({ subjectId, paymentMethodId: "pm_card_visa" });
    const ids: string[] = [];
    for (let after: string | undefined; ; ) {
      const page = await list(subjectId, { limit: 2, after });
      ids.push(...page.data.map(({ id }) => id));
      if (page.next === null) break;
      after = page.next;
    }
    expect(new Set(ids).size).toBe(5);
    expect(ids).toEqual((await list(subjectId, { limit: 10 })).data.map(({ id }) => id));
  });

  test("somebody else's card can neither be attached, charged nor detached", async () => {
    const { payments } = await openWorld(open);
    const { attach, detach } = payments.paymentMethods;
    const theirs = await attach({ subjectId: "usr_2", paymentMethodId: "pm_card_visa" });
    const wanted = { subjectId, paymentMethodId: theirs.id };
    const notFound = { code: "payment_method_not_found" };
    await expect(attach(wanted)).rejects.toMatchObject(notFound);
    await expect(detach(wanted)).rejects.toMatchObject(notFound);
    const order = { ...wanted, reference: "pur_1", amount: money(900, "usd"), description: "x" };
    await expect(payments.payments.charge(order)).rejects.toMatchObject(notFound);
    for (const paymentMethodId of ["pm_nothing", "", "../customers", "pm_\u0000"]) {
      await expect(attach({ subjectId, paymentMethodId })).rejects.toMatchObject(notFound);
    }
  });

  test("a card that its bank declines at once is not attached", async () => {
    const { payments } = await openWorld(open);
    const { attach, list } = payments.paymentMethods;
    const declined = attach({ subjectId, paymentMethodId: "pm_card_chargeDeclinedExpiredCard" });
    await expect(declined).rejects.toMatchObject({ code: "card_declined", fields: { declineCode: "expired_card" } });
    expect((await list(subjectId, { limit: 10 })).data).toEqual([]);
  });

  test("ten at once make one customer, brought up to date when the name changes", async () => {
    const { payments, stripe } = await openWorld(open);
    const { ensure } = payments.customers;
    const made = await Promise.all(Array.from({ length: 10 }, () => ensure({ subjectId, email: "a@example.com" })));
    expect(new Set(made.map(({ stripeCustomerId }) => stripeCustomerId)).size).toBe(1);
    expect(await ensure({ subjectId, name: "Ada" })).toMatchObject({ email: "a@example.com", name: "Ada" });
    expect((await stripe.customers.list()).data).toMatchObject([{ email: "a@example.com", name: "Ada" }]);
  });
});
