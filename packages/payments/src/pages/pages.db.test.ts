import { forEachDatabase, type OpenDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { catalog, openWorld } from "../../test/world.ts";

const subjectId = "usr_1";
const urls = { successUrl: "https://example.com/done", cancelUrl: "https://example.com/back" };

async function opened(open: OpenDatabase) {
  const world = await openWorld(open);
  await world.payments.plans.push(catalog);
  return world;
}

/** Fills in the page as its form does. */
function pay(url: string, number = "4242424242424242") {
  const form = { email: "ada@example.com", number, expiry: "12/40", cvc: "123", name: "Ada", step: "pay" };
  return fetch(url, { method: "POST", body: new URLSearchParams(form), redirect: "manual" });
}

forEachDatabase("Stripe's pages", (open) => {
  test("what is paid on the checkout page is granted by its webhooks, and the card is kept", async () => {
    const { payments, names, settle } = await opened(open);
    const { url } = await payments.pages.checkout({ subjectId, tier: "pro", ...urls });
    expect((await pay(url, "4000000000000002")).status).toBe(402);
    expect(await payments.subscriptions.get(subjectId)).toBeNull();
    expect((await pay(url)).headers.get("location")).toBe(urls.successUrl);
    await settle();
    expect(await payments.subscriptions.get(subjectId)).toMatchObject({ tier: "pro", status: "active" });
    expect(names().filter((name) => name === "subscription.changed")).toHaveLength(1);
    expect(names().filter((name) => name === "checkout.completed")).toHaveLength(1);
    expect((await payments.paymentMethods.list(subjectId, { limit: 10 })).data).toMatchObject([{ last4: "4242" }]);
    expect((await payments.ledger.verify({ stripe: true })).differences).toEqual([]);
    const again = payments.pages.checkout({ subjectId, tier: "team", ...urls });
    await expect(again).rejects.toMatchObject({ code: "subscription_exists" });
  });

  test("of two pages in two tabs only the newest can be paid", async () => {
    const { payments, stripe, settle } = await opened(open);
    const first = await payments.pages.checkout({ subjectId, tier: "pro", ...urls });
    const second = await payments.pages.checkout({ subjectId, tier: "team", ...urls });
    expect((await pay(first.url)).status).not.toBe(303);
    expect((await pay(second.url)).status).toBe(303);
    await settle();
    expect((await stripe.subscriptions.list()).data).toHaveLength(1);
    expect(await payments.subscriptions.get(subjectId)).toMatchObject({ tier: "team" });
  });

  test("a page that was left open is closed when its subject has subscribed", async () => {
    const { payments, names, settle } = await opened(open);
    const { url } = await payments.pages.checkout({ subjectId, tier: "pro", ...urls });
    await payments.paymentMethods.attach({ subjectId, paymentMethodId: "pm_card_visa" });
    await payments.subscriptions.change({ subjectId, tier: "team" });
    await settle();
    expect((await pay(url)).status).not.toBe(303);
    expect(names().filter((name) => name.startsWith("checkout."))).toEqual(["checkout.expired"]);
  });

  test("paid all the same, faster than it could be closed, it is given back and grants nothing", async () => {
    const { payments, stripe, names, settle, told } = await opened(open);
    const { url } = await payments.pages.checkout({ subjectId, tier: "pro", ...urls });
    await payments.paymentMethods.attach({ subjectId, paymentMethodId: "pm_card_visa" });
    const kept = await payments.subscriptions.change({ subjectId, tier: "team" });
    expect((await pay(url)).status).toBe(303);
    await settle();
    await settle();
    expect(await payments.subscriptions.get(subjectId)).toMatchObject({
      stripeSubscriptionId: kept.stripeSubscriptionId,
    });
    const all = (await stripe.subscriptions.list({ status: "all" })).data;
    expect(all.map(({ id, status }) => [id === kept.stripeSubscriptionId, status]).toSorted()).toEqual([
      [false, "canceled"],
      [true, "active"],
    ]);
    const charges = (await stripe.charges.list()).data.map(({ amount, amount_refunded }) => [amount, amount_refunded]);
    expect(charges.toSorted()).toEqual([
      [2_900, 2_900],
      [9_900, 0],
    ]);
    expect(
      names()
        .filter((name) => /^(subscription|checkout)\./.test(name))
        .toSorted(),
    ).toEqual(["checkout.completed", "subscription.changed", "subscription.duplicated"]);
    expect(told.find(({ name }) => name === "subscription.changed")?.fact).toMatchObject({
      subscription: { tier: "team" },
    });
    expect((await payments.ledger.verify({ stripe: true })).differences).toEqual([]);
  });

  test("a page is refused for what cannot be sold there, and for addresses that lead elsewhere", async () => {
    const { payments } = await opened(open);
    const at = (change: object) => payments.pages.checkout({ subjectId, tier: "pro", ...urls, ...change });
    await expect(at({ tier: "gold" })).rejects.toMatchObject({ code: "unknown_plan" });
    await expect(at({ tier: "enterprise" })).rejects.toMatchObject({ code: "contact_sales" });
    for (const url of ["javascript:alert(1)", "/done", "", "ftp://example.com", "https://user:word@example.com"]) {
      await expect(at({ successUrl: url })).rejects.toMatchObject({ code: "invalid_return_url" });
      await expect(at({ cancelUrl: url })).rejects.toMatchObject({ code: "invalid_return_url" });
      const portal = payments.pages.portal({ subjectId, returnUrl: url });
      await expect(portal).rejects.toMatchObject({ code: "invalid_return_url" });
    }
  });

  test("the portal leads to the customer's own page", async () => {
    const { payments } = await opened(open);
    const { url } = await payments.pages.portal({ subjectId, returnUrl: "https://example.com/account" });
    expect((await fetch(url)).status).toBe(200);
  });
});
