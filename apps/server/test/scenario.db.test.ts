/**
 * The main job, end to end, through HTTP against the composed server: sign up, call until the limit, pay, be metered,
 * be renewed, fail to pay, cancel, and buy from the marketplace. The README walks the same way.
 */
import { createHash } from "node:crypto";
import { createRevopsClient, type RevopsClient, unwrap } from "@revops/client";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { eventually } from "./client.ts";
import { startServer } from "./server.ts";

const day = 86_400;

forEachDatabase("the main path", (open) => {
  test("from sign-up to a verified download", { timeout: 180_000 }, async () => {
    const { url: databaseUrl } = await open();
    const server = await startServer({ databaseUrl, seed: true });
    const anonymous = createRevopsClient({ baseUrl: server.url });

    // Register, log in, make a key.
    const credentials = { email: "ada@example.com", password: "correct horse battery" };
    const registered = unwrap(await anonymous.POST("/auth/register", { body: { ...credentials, name: "Ada" } }));
    expect(registered.user).toMatchObject({ email: "ada@example.com", tier: "free", role: "user" });
    const credential = unwrap(await anonymous.POST("/auth/login", { body: credentials }));
    const session = createRevopsClient({ baseUrl: server.url, credential });
    const { key } = unwrap(await session.POST("/auth/keys", { body: { name: "ci" } }));
    expect(key).toMatch(/^rvk_/);
    const ada = createRevopsClient({ baseUrl: server.url, credential: { apiKey: key }, retries: { attempts: 0 } });

    // A thousand calls pass, the next is refused and says why.
    const search = () => ada.POST("/marketplace/search", { body: { query: "express", limit: 1 } });
    for (let call = 0; call < 1_000; call += 50) {
      await Promise.all(Array.from({ length: 50 }, async () => unwrap(await search())));
    }
    const { error: refused } = await search();
    expect(refused).toMatchObject({ code: "quota_exceeded", feature: "api_call", limit: 1_000, used: 1_000 });
    expect(Date.parse(refused?.resetsAt ?? "")).toBeGreaterThan(server.now());

    // A card, an upgrade: charged and granted now.
    const upgrade = () => ada.PUT("/billing/subscription", { body: { tier: "pro" } });
    expect((await upgrade()).error).toMatchObject({ status: 402, code: "payment_required" });
    const attach = async (paymentMethodId: string) =>
      unwrap(await ada.POST("/billing/payment-methods", { body: { paymentMethodId } }));
    expect(await attach("pm_card_visa")).toMatchObject({ brand: "visa", last4: "4242", isDefault: true });
    const subscription = unwrap(await upgrade());
    expect(subscription).toMatchObject({ tier: "pro", status: "active", price: { amount: 2_900, currency: "usd" } });
    expect(unwrap(await ada.GET("/auth/me"))).toMatchObject({ tier: "pro" });
    unwrap(await search());

    // Usage: one event, a batch with an id repeated.
    const event = (id: string) => ({ id, operation: "api_call", quantity: 10 });
    const one = unwrap(await ada.POST("/billing/usage", { body: event("evt-1") }));
    expect(one).toMatchObject({ accepted: 1, duplicates: 0, rejected: [] });
    const events = ["evt-1", "evt-2", "evt-3", "evt-3"].map(event);
    const batch = unwrap(await ada.POST("/billing/usage", { body: { events } }));
    expect(batch).toMatchObject({ accepted: 2, duplicates: 2, rejected: [] });
    // One search since the upgrade, three events of ten.
    expect(await usage(ada)).toMatchObject({ used: 31, limit: 100_000, remaining: 99_969 });

    // A period later: a renewal invoice, paid; usage starts at 0.
    const paidInvoices = async () => unwrap(await ada.GET("/billing/invoices")).data.filter(isPaid).length;
    await eventually(async () => expect(await paidInvoices()).toBe(1));
    await server.advance(31 * day);
    await eventually(async () => expect(await paidInvoices()).toBe(2));
    expect(await usage(ada)).toMatchObject({ used: 0, limit: 100_000 });

    // The card begins to decline: past due.
    expect((await attach("pm_card_chargeCustomerFail")).isDefault).toBe(true);
    await server.advance(31 * day);
    await eventually(async () => {
      expect(unwrap(await ada.GET("/billing/subscription"))).toMatchObject({ tier: "pro", status: "past_due" });
    });
    expect(unwrap(await ada.DELETE("/billing/subscription"))).toMatchObject({ cancelAtPeriodEnd: true });

    // Search, buy, download; the bytes are the published ones.
    const [priced] = unwrap(await ada.POST("/marketplace/search", { body: { sort: "price_desc", limit: 1 } })).data;
    if (!priced?.price) throw new Error("The dearest listing has a price.");
    expect(priced.price.amount).toBeGreaterThan(0);
    const path = { id: priced.id };
    const [version] = unwrap(await ada.GET("/marketplace/packages/{id}", { params: { path } })).versions;
    if (!version) throw new Error("A listing that is found has a version.");
    const download = (wanted: string) =>
      ada.GET("/marketplace/packages/{id}/{version}/download", {
        params: { path: { ...path, version: wanted } },
        parseAs: "arrayBuffer",
      });
    const buy = () => ada.POST("/marketplace/packages/{id}/purchase", { params: { path }, body: {} });
    expect((await download(version.version)).response.status).toBe(402);
    expect((await buy()).error?.status).toBe(402);
    await attach("pm_card_visa");
    const { purchase, payment } = unwrap(await buy());
    expect(purchase).toMatchObject({ packageId: priced.id, status: "paid", price: priced.price });
    expect(payment?.status).toBe("succeeded");
    expect((await buy()).error).toMatchObject({ status: 409, code: "already_purchased" });
    const bytes = Buffer.from(unwrap(await download("latest")));
    expect(bytes.length).toBe(version.size);
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(version.sha256);
    const purchases = unwrap(await ada.GET("/marketplace/purchases"));
    expect(purchases.data).toMatchObject([{ id: purchase.id, licenseKey: purchase.licenseKey }]);
  });
});

const isPaid = (invoice: { status: string }) => invoice.status === "paid";

async function usage(who: RevopsClient) {
  const { features } = unwrap(await who.GET("/billing/usage"));
  return features.find(({ feature }) => feature === "api_call");
}
