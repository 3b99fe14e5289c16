/**
 * The main job, end to end, through HTTP against the composed server: sign up, call until the limit, pay, be metered,
 * be renewed, fail to pay, cancel, and buy from the marketplace. The README walks the same way.
 */
import { createHash } from "node:crypto";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { type Client, client, eventually } from "./client.ts";
import { startServer } from "./server.ts";

const day = 86_400;

forEachDatabase("the main path", (open) => {
  test("from sign-up to a verified download", { timeout: 180_000 }, async () => {
    const { url: databaseUrl } = await open();
    const server = await startServer({ databaseUrl, seed: true });
    const anonymous = client(server.url);

    // Register, log in, make a key.
    const credentials = { email: "ada@example.com", password: "correct horse battery" };
    const registered = await anonymous.post("/auth/register", { ...credentials, name: "Ada" }, 201);
    expect(registered.user).toMatchObject({ email: "ada@example.com", tier: "free", role: "user" });
    const logIn = async (): Promise<Client> => {
      const session = await anonymous.post("/auth/login", credentials, 200);
      return client(server.url, { authorization: `Bearer ${session.accessToken}` });
    };
    const session = await logIn();
    const key = await session.post("/auth/keys", { name: "ci" }, 201);
    expect(key.key).toMatch(/^rvk_/);
    const ada = client(server.url, { "x-api-key": key.key });

    // A thousand calls pass, the next is refused and says why.
    for (let call = 0; call < 1_000; call += 50) {
      await Promise.all(
        Array.from({ length: 50 }, () => ada.post("/marketplace/search", { query: "express", limit: 1 }, 200)),
      );
    }
    const refused = await ada.post("/marketplace/search", { query: "express" }, 429);
    expect(refused).toMatchObject({ code: "quota_exceeded", feature: "api_call", limit: 1_000, used: 1_000 });
    expect(Date.parse(refused.resetsAt)).toBeGreaterThan(server.now());

    // A card, an upgrade: charged and granted now.
    const noCard = await ada.put("/billing/subscription", { tier: "pro" }, 402);
    expect(noCard.code).toBe("payment_required");
    const card = await ada.post("/billing/payment-methods", { paymentMethodId: "pm_card_visa" }, 201);
    expect(card).toMatchObject({ brand: "visa", last4: "4242", isDefault: true });
    const subscription = await ada.put("/billing/subscription", { tier: "pro" }, 200);
    expect(subscription).toMatchObject({ tier: "pro", status: "active", price: { amount: 2_900, currency: "usd" } });
    expect(await ada.get("/auth/me", 200)).toMatchObject({ tier: "pro" });
    await ada.post("/marketplace/search", { query: "express" }, 200);

    // Usage: one event, a batch with an id repeated.
    const one = await ada.post("/billing/usage", { id: "evt-1", operation: "api_call", quantity: 10 }, 200);
    expect(one).toMatchObject({ accepted: 1, duplicates: 0, rejected: [] });
    const events = ["evt-1", "evt-2", "evt-3", "evt-3"].map((id) => ({ id, operation: "api_call", quantity: 10 }));
    const batch = await ada.post("/billing/usage", { events }, 200);
    expect(batch).toMatchObject({ accepted: 2, duplicates: 2, rejected: [] });
    // One search since the upgrade, three events of ten.
    expect(await usage(ada)).toMatchObject({ used: 31, limit: 100_000, remaining: 99_969 });

    // A period later: a renewal invoice, paid; usage starts at 0.
    const paidInvoices = async () => (await ada.get("/billing/invoices", 200)).data.filter(isPaid).length;
    await eventually(async () => expect(await paidInvoices()).toBe(1));
    await server.advance(31 * day);
    await eventually(async () => expect(await paidInvoices()).toBe(2));
    expect(await usage(ada)).toMatchObject({ used: 0, limit: 100_000 });

    // The card begins to decline: past due.
    const declining = await ada.post(
      "/billing/payment-methods",
      { paymentMethodId: "pm_card_chargeCustomerFail" },
      201,
    );
    expect(declining.isDefault).toBe(true);
    await server.advance(31 * day);
    await eventually(async () => {
      expect(await ada.get("/billing/subscription", 200)).toMatchObject({ tier: "pro", status: "past_due" });
    });
    const canceled = await ada.delete("/billing/subscription", 200);
    expect(canceled).toMatchObject({ cancelAtPeriodEnd: true });

    // Search, buy, download; the bytes are the published ones.
    const found = await ada.post("/marketplace/search", { sort: "price_desc", limit: 1 }, 200);
    const [priced] = found.data;
    expect(priced.price.amount).toBeGreaterThan(0);
    const details = await ada.get(`/marketplace/packages/${priced.id}`, 200);
    const version = details.versions[0];
    const path = `/marketplace/packages/${priced.id}`;
    await ada.get(`${path}/${version.version}/download`, 402);
    await ada.post(`${path}/purchase`, {}, 402);
    await ada.post("/billing/payment-methods", { paymentMethodId: "pm_card_visa" }, 201);
    const bought = await ada.post(`${path}/purchase`, {}, 201);
    expect(bought.purchase).toMatchObject({ packageId: priced.id, status: "paid", price: priced.price });
    expect(bought.payment.status).toBe("succeeded");
    expect((await ada.post(`${path}/purchase`, {}, 409)).code).toBe("already_purchased");
    const bytes = await ada.download(`${path}/latest/download`);
    expect(bytes.length).toBe(version.size);
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(version.sha256);
    const purchases = await ada.get("/marketplace/purchases", 200);
    expect(purchases.data).toMatchObject([{ id: bought.purchase.id, licenseKey: bought.purchase.licenseKey }]);
  });
});

const isPaid = (invoice: { status: string }) => invoice.status === "paid";

async function usage(who: Client) {
  const report = await who.get("/billing/usage", 200);
  return report.features.find((item: { feature: string }) => item.feature === "api_call");
}
