import { expect, test } from "vitest";
import { fits, inChromium, openPage, picture } from "./browser.ts";
import { customerWithCard, monthlyPrice, startReceiver, startWorld, type World } from "./world.ts";

/** An invoice of 29.00 that nobody has paid yet. */
async function openInvoice(world: World, amount = 2_900, currency = "usd") {
  const { id: customer } = await world.stripe.customers.create({ email: "ada@example.com" });
  await world.stripe.invoiceItems.create({ customer, amount, currency, description: "Setting up <b>everything</b>" });
  const draft = await world.stripe.invoices.create({
    customer,
    currency,
    pending_invoice_items_behavior: "include",
  });
  const { hosted_invoice_url } = await world.stripe.invoices.finalizeInvoice(draft.id);
  return { id: draft.id, url: String(hosted_invoice_url) };
}
const status = async (world: World, invoice: string) => (await world.stripe.invoices.retrieve(invoice)).status;

inChromium(() => {
  test("an open invoice is paid from its page, once, and shows money as money", async () => {
    const world = await startWorld();
    const { id, url } = await openInvoice(world);
    const page = await openPage();
    await page.goto(url);
    const text = await page.locator("body").textContent();
    expect(text).toContain("$29.00");
    expect(text).toContain("Setting up <b>everything</b>");
    expect(text).toContain("ada@example.com");
    await picture(page, "invoice-open");
    await page.getByRole("button", { name: "Pay $29.00 with a good test card" }).click();
    await page.getByText("paid", { exact: true }).first().waitFor();
    await picture(page, "invoice-paid");
    expect(await page.getByRole("button").count()).toBe(0);
    expect(await status(world, id)).toBe("paid");
    await page.reload();
    expect((await world.stripe.charges.list()).data).toHaveLength(1);
  });

  test("a declined card says so on the page, and the invoice stays open for another one", async () => {
    const world = await startWorld();
    const { id, url } = await openInvoice(world);
    const page = await openPage();
    await page.goto(url);
    await page.getByRole("button", { name: "With a declining one" }).click();
    expect(await page.getByRole("alert").textContent()).toBe("Your card was declined.");
    await picture(page, "invoice-declined");
    expect(await status(world, id)).toBe("open");
    await page.getByRole("button", { name: /good test card/ }).click();
    await page.getByText("paid", { exact: true }).first().waitFor();
    expect(await status(world, id)).toBe("paid");
  });

  test("an invoice paid through 3D Secure leads to the bank and back", async () => {
    const world = await startWorld();
    const { id, url } = await openInvoice(world);
    const page = await openPage();
    await page.goto(url);
    await page.getByRole("button", { name: /3D Secure/ }).click();
    await page.getByRole("heading", { name: "3D Secure test page" }).waitFor();
    expect(await status(world, id)).toBe("open");
    await page.getByRole("button", { name: "Fail authentication" }).click();
    expect(await page.getByRole("alert").textContent()).toContain("authentication failed");
    expect(await status(world, id)).toBe("open");
    await page.getByRole("button", { name: /3D Secure/ }).click();
    await page.getByRole("button", { name: "Complete authentication" }).click();
    await page.getByText("paid", { exact: true }).first().waitFor();
    expect(page.url()).toContain(id);
    expect(await status(world, id)).toBe("paid");
  });

  test("a 3D Secure payment is completed in the browser and goes back to the shop", async () => {
    const world = await startWorld();
    const shop = await startReceiver();
    const intent = await world.stripe.paymentIntents.create({
      amount: 4_999,
      currency: "eur",
      payment_method: "pm_card_threeDSecure2Required",
      allowed_payment_method_types: ["card"],
      confirm: true,
      return_url: shop.url,
    });
    const page = await openPage();
    await page.goto(String(intent.next_action?.redirect_to_url?.url));
    expect(await page.locator("body").textContent()).toContain("€49.99");
    await picture(page, "three-d-secure");
    await page.getByRole("button", { name: "Complete authentication" }).click();
    await page.waitForURL(/redirect_status=succeeded/);
    expect(page.url().startsWith(shop.url)).toBe(true);
    expect((await world.stripe.paymentIntents.retrieve(intent.id)).status).toBe("succeeded");
  });

  test("without a return_url the page itself says that it is done", async () => {
    const world = await startWorld();
    const { id: customer } = await world.stripe.customers.create();
    const intent = await world.stripe.setupIntents.create({
      customer,
      payment_method: "pm_card_threeDSecure2Required",
      allowed_payment_method_types: ["card"],
      confirm: true,
    });
    const page = await openPage();
    await page.goto(String(intent.next_action?.use_stripe_sdk?.["stripe_js"]));
    await page.getByRole("button", { name: "Complete authentication" }).click();
    await page.getByText("succeeded").waitFor();
    await picture(page, "three-d-secure-done");
    expect(await page.getByRole("button").count()).toBe(0);
  });

  test("the inspector leads from the front page to an object, and says what to do when empty", async () => {
    const receiver = await startReceiver();
    const world = await startWorld({ webhookEndpoints: [{ url: receiver.url, secret: "whsec_test" }] });
    const page = await openPage();
    await page.goto(`${world.emulator.url}/_emulator`);
    expect(await page.locator(".empty").count()).toBe(3);
    await picture(page, "inspector-empty");
    const { customer } = await customerWithCard(world);
    await world.stripe.customers.update(customer, { name: "<script>document.title = 'taken'</script>" });
    await world.stripe.subscriptions.create({ customer, items: [{ price: await monthlyPrice(world, 2_900, "Pro") }] });
    receiver.status = 500;
    await world.stripe.products.create({ name: "One that the receiver refuses" });
    await world.emulator.settle();
    await page.reload();
    await picture(page, "inspector");
    await page.getByRole("link", { name: "invoice 1", exact: true }).click();
    expect(await page.locator("table").textContent()).toContain("$29.00");
    await picture(page, "inspector-kind");
    await page.goto(`${world.emulator.url}/_emulator/objects/${customer}`);
    expect(await page.locator("pre").textContent()).toContain("<script>");
    expect(await page.title()).toBe(customer);
    await picture(page, "inspector-object");
  });

  test.each([320, 390])("no page is wider than a screen of %d pixels", async (width) => {
    const world = await startWorld();
    await customerWithCard(world);
    const { url } = await openInvoice(world, 123_456_789);
    const page = await openPage(width);
    for (const [name, address] of [
      ["invoice", url],
      ["inspector", `${world.emulator.url}/_emulator`],
      ["kind", `${world.emulator.url}/_emulator?kind=customer`],
    ] as const) {
      await page.goto(address);
      expect({ name, fits: await fits(page, width) }).toEqual({ name, fits: true });
      await picture(page, `${name}-${width}`);
    }
  });
});
