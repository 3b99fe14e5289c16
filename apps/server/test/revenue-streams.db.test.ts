/**
 * The origin's seven revenue streams, one sale of each through HTTP, and where its money is in the books: Pro tier,
 * commission, consulting, course with certificate, template library, hosted API by usage, sponsorship.
 */
import type { Money } from "@revops/core";
import { verifyCertificate } from "@revops/marketplace/license";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { type Client, client, eventually } from "./client.ts";
import { startServer, type TestServer } from "./server.ts";

const day = 86_400;
const usd = (amount: number) => ({ amount, currency: "usd" });

async function signUp({ url }: TestServer, name: string): Promise<Client & { id: string }> {
  const credentials = { email: `${name}@example.com`, password: "correct horse battery" };
  const { user, accessToken } = await client(url).post("/auth/register", credentials, 201);
  const { key } = await client(url, { authorization: `Bearer ${accessToken}` }).post("/auth/keys", { name }, 201);
  return { ...client(url, { "x-api-key": key }), id: user.id };
}

const offers = [
  { kind: "package", slug: "shape-checker", price: usd(4_900) },
  { kind: "service", slug: "consulting-day", price: usd(120_000) },
  {
    kind: "course",
    slug: "shacl-in-depth",
    price: usd(19_900),
    course: { lessons: [{ id: "shapes", title: "Shapes" }] },
  },
  { kind: "template", slug: "template-library", price: usd(1_900), interval: "month" },
  { kind: "sponsorship", slug: "sponsor-gold", price: usd(50_000) },
] as const;

async function offer(server: TestServer, publisher: Client, { slug, ...listing }: (typeof offers)[number]) {
  const about = { slug, name: slug, summary: `The ${slug}`, category: "streams" };
  const { id } = await publisher.post("/marketplace/packages", { ...about, ...listing }, 201);
  if (listing.kind !== "package" && listing.kind !== "template") return;
  // Delivered as a file: on sale with its first version.
  const artifact = Buffer.from(`bytes of ${slug}`);
  await server.service.marketplace.versions.publish({ listingId: id, version: "1.0.0", artifact });
}

/** As the cardholder does on their bank's page. */
async function confirm({ service }: TestServer, clientSecret: string): Promise<void> {
  const [intent = ""] = clientSecret.split("_secret_");
  const page = `${service.emulator?.url}/_emulator/authenticate/${intent}?client_secret=${clientSecret}`;
  const headers = { "content-type": "application/json" };
  const { ok } = await fetch(page, { method: "POST", headers, body: JSON.stringify({ outcome: "complete" }) });
  expect(ok).toBe(true);
}

forEachDatabase("the seven revenue streams", (open) => {
  test("each is sold, and its money is in the ledger to the cent", { timeout: 120_000 }, async () => {
    const server = await startServer({ databaseUrl: (await open()).url });
    const { payments, marketplace, saas } = server.service;
    const [studio, ada, ben] = [
      await signUp(server, "studio"),
      await signUp(server, "ada"),
      await signUp(server, "ben"),
    ];
    for (const each of offers) await offer(server, studio, each);
    await ada.post("/billing/payment-methods", { paymentMethodId: "pm_card_visa" }, 201);
    const balance = (account: string) => payments.ledger.balance({ account, currency: "usd" });
    const seller = `seller:${studio.id}`;

    // 1. Pro tier: revenue of subscriptions, once the invoice's money is known.
    await ada.put("/billing/subscription", { tier: "pro" }, 200);
    await eventually(async () => {
      await payments.ledger.catchUp(new Date(0));
      expect(await balance("revenue:subscriptions")).toBe(-2_900);
    });

    // 2. Commission: a package of somebody else's.
    const buy = (slug: string) => ada.post(`/marketplace/packages/${slug}/purchase`, {}, 201);
    const { purchase } = await buy("shape-checker");
    expect(purchase.commission).toEqual(usd(735));
    expect([await balance("revenue:commission"), await balance(seller)]).toEqual([-735, -4_165]);
    expect((await ada.download("/marketplace/packages/shape-checker/latest/download")).toString()).toBe(
      "bytes of shape-checker",
    );

    // 3. Consulting: a day of a person's time, and no file.
    await buy("consulting-day");
    expect([await balance("revenue:commission"), await balance(seller)]).toEqual([-735 - 18_000, -4_165 - 102_000]);

    // 4. A course, that ends with a certificate which anyone can check without us.
    await buy("shacl-in-depth");
    const course = "/marketplace/packages/shacl-in-depth";
    await ada.post(`${course}/lessons/shapes/complete`, {}, 200);
    const certificate = await ada.post(`${course}/certificate`, { holder: "Ada Lovelace" }, 200);
    const keys = await client(server.url).get("/marketplace/license-keys", 200);
    const now = new Date(server.now());
    expect(await verifyCertificate(certificate.signed, { keys, now })).toMatchObject({
      valid: true,
      claims: { holder: "Ada Lovelace", title: "shacl-in-depth" },
    });
    expect(await balance("revenue:commission")).toBe(-735 - 18_000 - 2_985);

    // 5. The template library, by the month.
    const library = await buy("template-library");
    expect(library.purchase.subscription).toMatchObject({ interval: "month", pastDue: false });
    // Ben's bank asks him first, and not again at the renewals: his purchase is paid when the webhook says so.
    await ben.post("/billing/payment-methods", { paymentMethodId: "pm_card_authenticationRequiredOnSetup" }, 201);
    const asked = await ben.post("/marketplace/packages/template-library/purchase", {}, 201);
    expect([asked.purchase.status, asked.purchase.licenseKey]).toEqual(["pending", null]);
    expect(asked.payment.status).toBe("requires_action");
    await confirm(server, asked.payment.clientSecret);
    await eventually(async () => {
      const { status, licenseKey } = await ben.get(`/marketplace/purchases/${asked.purchase.id}`, 200);
      expect([status, licenseKey]).toEqual(["paid", expect.stringMatching(/^rvl-/)]);
    });
    const before = await balance(seller);

    // 6. The hosted API by usage: as agreed with them, what is above the limit is served and costs a quarter of a cent.
    const perCall = { limit: "soft", charge: { model: "per_unit", unitAmount: "0.25" } } as const;
    await saas.entitlements.override({ subjectId: ada.id, overrides: { rules: { api_call: perCall } } });
    // Each unit counts once, whatever is repeated.
    const events = ["a", "b", "b"].map((id) => ({ id, operation: "api_call", quantity: 60_000 }));
    expect(await ada.post("/billing/usage", { events }, 200)).toMatchObject({ accepted: 2, duplicates: 1 });
    const { features } = await ada.get("/billing/usage", 200);
    const { used } = features.find(({ feature }: { feature: string }) => feature === "api_call");
    expect(used).toBeGreaterThanOrEqual(120_000);
    const overage = Math.round((used - 100_000) * 0.25);
    const { currentPeriodEnd } = await ada.get("/billing/subscription", 200);
    // Stripe's draft of the renewal waits an hour for it.
    await server.advance(Math.ceil((Date.parse(currentPeriodEnd) - server.now()) / 1_000) + 150);
    await eventually(async () => {
      const { data } = await payments.usage.list({ limit: 10 });
      expect(data.filter(({ tier }) => tier === "pro").map(({ state }) => state)).toEqual(["waiting"]);
    });
    await server.advance(2 * 3_600);
    await eventually(async () => {
      await payments.ledger.catchUp(new Date(0));
      expect(await balance("revenue:subscriptions")).toBe(-2_900 - 2_900 - overage);
    });
    const [invoice] = (await ada.get("/billing/invoices", 200)).data;
    expect(invoice).toMatchObject({ status: "paid", amountPaid: usd(2_900 + overage) });

    // Meanwhile the library's second month has begun, for both.
    await server.advance(2 * day);
    await eventually(async () => {
      expect(await balance(seller)).toBe(before - 2 * 1_615);
    });
    expect((await ada.download("/marketplace/packages/template-library/latest/download")).toString()).toBe(
      "bytes of template-library",
    );

    // 7. Sponsorship.
    await buy("sponsor-gold");
    const gross = offers.reduce((sum, { price }) => sum + price.amount, 0) + 3 * 1_900;
    const commission = 735 + 18_000 + 2_985 + 4 * 285 + 7_500;
    expect([await balance("revenue:commission"), await balance(seller)]).toEqual([-commission, commission - gross]);
    expect(await balance("revenue:payments")).toBe(0);

    // Its publisher is paid two weeks later, and the books are right.
    const account = await studio.post("/marketplace/publisher/account", { email: "studio@example.com" }, 201);
    await server.service.emulator?.completeOnboarding(account.id);
    // Told by Stripe: nobody asks here.
    const known = async () =>
      expect(await payments.connectedAccounts.get(studio.id)).toMatchObject({ transfersEnabled: true });
    await eventually(known);
    await server.advance(15 * day);
    await eventually(async () => {
      const { data } = await studio.get("/marketplace/publisher/payouts", 200);
      const paid = data.filter(({ status }: { status: string }) => status === "paid");
      // In one payout, or in two where what was held for long enough went first.
      expect(paid.reduce((sum: number, { amount }: { amount: Money }) => sum + amount.amount, 0)).toBe(
        gross - commission,
      );
    });
    expect([await balance(seller), await balance("payouts:in_transit")]).toEqual([0, 0]);
    expect((await payments.ledger.verify()).differences).toEqual([]);
    expect(await marketplace.sellers.verify()).toEqual([]);
  });
});
