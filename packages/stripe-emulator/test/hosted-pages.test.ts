import type { Page } from "playwright-core";
import type Stripe from "stripe";
import { expect, test } from "vitest";
import { fits, inChromium, openPage, picture } from "./browser.ts";
import { customerWithCard, monthlyPrice, startReceiver, startWorld, type World } from "./world.ts";

async function fillCard(page: Page, number: string) {
  await page.getByLabel("Card number").fill(number);
  await page.getByLabel("Expiry (MM/YY)").fill("12 / 40");
  await page.getByLabel("Security code").fill("123");
  await page.getByLabel("Name on the card").fill("Ada Lovelace");
}

async function session(world: World, shop: string, more: Partial<Stripe.Checkout.SessionCreateParams> = {}) {
  return world.stripe.checkout.sessions.create({
    mode: "subscription",
    line_items: [{ price: await monthlyPrice(world, 2_900, "Pro <em>plan</em>"), quantity: 1 }],
    success_url: `${shop}/done?session={CHECKOUT_SESSION_ID}`,
    cancel_url: `${shop}/cart`,
    ...more,
  });
}

async function portal(world: World, shop: string, more: Partial<Stripe.BillingPortal.SessionCreateParams> = {}) {
  const { customer } = await customerWithCard(world);
  const [cheap, dear] = [await monthlyPrice(world, 2_900, "Pro"), await monthlyPrice(world, 9_900, "Team")];
  const subscription = await world.stripe.subscriptions.create({ customer, items: [{ price: cheap }] });
  const opened = await world.stripe.billingPortal.sessions.create({ customer, return_url: `${shop}/account`, ...more });
  return { customer, subscription: subscription.id, dear, url: opened.url };
}

inChromium(() => {
  test("subscribing: a declined card says why, the next one leads to the shop", async () => {
    const world = await startWorld();
    const shop = await startReceiver();
    const { id, url } = await session(world, shop.url);
    const page = await openPage();
    await page.goto(String(url));
    expect(await page.locator("body").textContent()).toContain("Pro <em>plan</em>");
    await picture(page, "checkout");
    await page.getByLabel("E-mail").fill("ada@example.com");
    await fillCard(page, "4000 0000 0000 0002");
    await page.getByRole("button", { name: "Subscribe" }).click();
    expect(await page.getByRole("alert").textContent()).toBe("Your card was declined.");
    await picture(page, "checkout-declined");
    await page.getByLabel("E-mail").fill("ada@example.com");
    await fillCard(page, "4242 4242 4242 4242");
    await page.getByRole("button", { name: "Subscribe" }).click();
    await page.waitForURL(`${shop.url}/done?session=${id}`);
    expect(await world.stripe.checkout.sessions.retrieve(id, { expand: ["subscription"] })).toMatchObject({
      status: "complete",
      subscription: { status: "active" },
    });
    await page.goto(String(url));
    await page.getByRole("heading", { name: "Thank you" }).waitFor();
    await picture(page, "checkout-done");
  });

  test("paying with 3D Secure: failed, then completed", async () => {
    const world = await startWorld();
    const shop = await startReceiver();
    const { id, url } = await session(world, shop.url);
    const page = await openPage();
    await page.goto(String(url));
    const pay = async () => {
      await page.getByLabel("E-mail").fill("ada@example.com");
      await fillCard(page, "4000002760003184");
      await page.getByRole("button", { name: "Subscribe" }).click();
      await page.getByRole("heading", { name: "3D Secure test page" }).waitFor();
    };
    await pay();
    await page.getByRole("button", { name: "Fail authentication" }).click();
    expect(await page.getByRole("alert").textContent()).toContain("authentication failed");
    expect((await world.stripe.checkout.sessions.retrieve(id)).status).toBe("open");
    await pay();
    await page.getByRole("button", { name: "Complete authentication" }).click();
    await page.waitForURL(`${shop.url}/done?session=${id}`);
    const active = (await world.stripe.subscriptions.list({ status: "active" })).data;
    expect(active).toHaveLength(1);
    expect((await world.stripe.charges.list()).data.filter((charge) => charge.paid)).toHaveLength(1);
  });

  test("one can go back to the shop, use a code, and comes too late", async () => {
    const world = await startWorld();
    const shop = await startReceiver();
    const coupon = await world.stripe.coupons.create({ percent_off: 50, duration: "once" });
    await world.stripe.promotionCodes.create({ promotion: { type: "coupon", coupon: coupon.id }, code: "HALF" });
    const { id, url } = await session(world, shop.url, { allow_promotion_codes: true });
    const page = await openPage(390);
    await page.goto(String(url));
    await page.getByLabel("Promotion code").fill("half");
    await page.getByRole("button", { name: "Apply" }).click();
    await page.getByText("Discount").waitFor();
    expect(await page.locator(".amount").textContent()).toBe("$14.50");
    expect(await fits(page, 390)).toBe(true);
    await picture(page, "checkout-390");
    await page.getByRole("link", { name: "Back" }).click();
    await page.waitForURL(`${shop.url}/cart`);
    await world.stripe.checkout.sessions.expire(id);
    await page.goto(String(url));
    await page.getByRole("heading", { name: "This checkout has expired" }).waitFor();
    await picture(page, "checkout-expired");
  });

  test("the portal: see invoices, change the card through 3D Secure, change the plan, cancel and think again", async () => {
    const world = await startWorld();
    const shop = await startReceiver();
    const { customer, subscription, dear, url } = await portal(world, shop.url);
    const page = await openPage();
    await page.goto(url);
    await picture(page, "portal");
    expect(await page.locator("body").textContent()).toContain("$29.00 per month");

    await page.getByRole("link", { name: "Add a card" }).click();
    await picture(page, "portal-card");
    await fillCard(page, "4000 0000 0000 0002");
    await page.getByRole("button", { name: "Add card" }).click();
    expect(await page.getByRole("alert").textContent()).toBe("Your card was declined.");
    await fillCard(page, "4000 0025 0000 3155");
    await page.getByRole("button", { name: "Add card" }).click();
    await page.getByRole("button", { name: "Complete authentication" }).click();
    await page.getByRole("heading", { name: "Your billing" }).waitFor();
    const cards = (await world.stripe.paymentMethods.list({ customer })).data;
    const owner = (await world.stripe.customers.retrieve(customer)) as Stripe.Customer;
    expect(cards.map((card) => card.card?.last4)).toEqual(["3155", "4242"]);
    expect(owner.invoice_settings.default_payment_method).toBe(cards[0]?.id);
    await page.getByRole("button", { name: "Make default" }).click();
    await page.getByRole("button", { name: "Remove" }).click();
    await page.getByText("3155").waitFor({ state: "detached" });

    await page.getByRole("link", { name: "Change plan" }).click();
    await picture(page, "portal-plans");
    await page.getByRole("link", { name: "Choose Team" }).click();
    await page.getByRole("heading", { name: "Change to Team" }).waitFor();
    await picture(page, "portal-confirm");
    await page.getByRole("button", { name: "Confirm" }).click();
    await page.getByText("$99.00 per month").waitFor();
    const changed = await world.stripe.subscriptions.retrieve(subscription, { expand: ["latest_invoice"] });
    expect(changed.items.data[0]?.price.id).toBe(dear);
    expect(changed.latest_invoice).toMatchObject({ status: "paid", billing_reason: "subscription_update" });

    await page.getByRole("link", { name: "Cancel" }).click();
    await picture(page, "portal-cancel");
    await page.getByRole("button", { name: "Cancel plan" }).click();
    await page.getByText(/^Ends on/).waitFor();
    expect((await world.stripe.subscriptions.retrieve(subscription)).cancel_at_period_end).toBe(true);
    await picture(page, "portal-ending");
    await page.getByRole("button", { name: "Do not cancel" }).click();
    await page.getByText(/^Renews on/).waitFor();
    expect(await world.stripe.subscriptions.retrieve(subscription)).toMatchObject({
      cancel_at_period_end: false,
      cancel_at: null,
    });

    await page.getByRole("link", { name: /-0001$/ }).click();
    await page.getByRole("heading", { name: /^Invoice/ }).waitFor();
    await page.goBack();
    await page.getByRole("link", { name: "Back to the shop" }).click();
    await page.waitForURL(`${shop.url}/account`);
  });

  test("a portal opened for one thing does that and goes back; a closed one says so", async () => {
    const world = await startWorld();
    const shop = await startReceiver();
    const { customer, subscription } = await portal(world, shop.url);
    const { url } = await world.stripe.billingPortal.sessions.create({
      customer,
      flow_data: {
        type: "subscription_cancel",
        subscription_cancel: { subscription },
        after_completion: { type: "redirect", redirect: { return_url: `${shop.url}/sad` } },
      },
    });
    const page = await openPage(390);
    await page.goto(url);
    await page.getByRole("button", { name: "Cancel plan" }).click();
    await page.waitForURL(`${shop.url}/sad`);
    await page.goto(`${url}?view=home`);
    expect(await fits(page, 390)).toBe(true);
    await picture(page, "portal-390");
    expect((await fetch(`${url}x`)).status).toBe(404);
    await page.goto(`${url}x`);
    expect(await page.getByRole("main").textContent()).toContain("This cannot be shown");
    await world.advance(3_700);
    expect((await fetch(url)).status).toBe(404);
  });

  test("a seller is set up on the onboarding page", async () => {
    const world = await startWorld();
    const shop = await startReceiver();
    const account = await world.stripe.accounts.create({
      type: "express",
      capabilities: { transfers: { requested: true } },
    });
    const { url } = await world.stripe.accountLinks.create({
      account: account.id,
      type: "account_onboarding",
      refresh_url: `${shop.url}/again`,
      return_url: `${shop.url}/ready`,
    });
    const page = await openPage();
    await page.goto(url);
    await picture(page, "onboarding");
    await page.getByRole("button", { name: "Do it later" }).click();
    await page.waitForURL(`${shop.url}/ready`);
    await page.goto(url);
    await page.getByRole("button", { name: "Fill in test data and submit" }).click();
    await page.waitForURL(`${shop.url}/ready`);
    expect((await world.stripe.accounts.retrieve(account.id)).payouts_enabled).toBe(true);
  });
});
