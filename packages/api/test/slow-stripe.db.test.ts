/** A Stripe that is slow: the client is answered in time, may ask again, and what was begun is done once. */
import { setTimeout as delay } from "node:timers/promises";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { register, startApi } from "./service.ts";

const slow = (path: string) => ({ type: "slow", method: "POST", path, milliseconds: 600 }) as const;
const price = { amount: 900, currency: "usd" };

forEachDatabase("a Stripe that is slow", (open) => {
  test("ends no request late: 503, and it is bought once, whether or not the key is sent again; a refund is on its way, an upgrade charged once", async () => {
    const service = await startApi(open, { stripeWaitMs: 200 });
    const { emulator, marketplace, payments, saas, call } = service;
    const about = { name: "An offer", summary: "Sold slowly", description: "", category: "tests", tags: [], price };
    const [ada, publisher] = [await register(service, "ada"), await register(service, "publisher")];
    const publisherId = publisher.id;
    for (const slug of ["one", "two"])
      await marketplace.listings.create({ ...about, slug, publisherId, kind: "service", publish: true });
    await payments.paymentMethods.attach({ subjectId: ada.id, paymentMethodId: "pm_card_visa" });
    const bought = async () => {
      const { body } = await call("GET", "/marketplace/purchases", { headers: ada.session });
      return body.data.map(({ status }: { status: string }) => status);
    };

    emulator.faults.add(slow("/v1/payment_intents"));
    const headers = { ...ada.session, "idempotency-key": "slowly" };
    const buy = () => call("POST", "/marketplace/packages/one/purchase", { headers, body: {} });
    const first = await buy();
    expect([first.status, first.body.code, first.headers.get("retry-after")]).toEqual([503, "stripe_unavailable", "5"]);
    let again = await buy();
    for (; again.status !== 201; again = await buy()) {
      expect(["stripe_unavailable", "idempotency_in_progress"]).toContain(again.body.code);
      await delay(50);
    }
    expect(again.body.purchase).toMatchObject({ status: "paid", licenseKey: expect.stringMatching(/^rvl-/) });
    const replayed = await buy();
    expect([replayed.headers.get("idempotent-replayed"), replayed.body]).toEqual(["true", again.body]);

    // Nobody asks again: it is bought all the same.
    emulator.faults.add(slow("/v1/payment_intents"));
    const other = await call("POST", "/marketplace/packages/two/purchase", { headers: ada.session, body: {} });
    expect([other.status, other.body.code]).toEqual([503, "stripe_unavailable"]);
    await expect.poll(bought, { timeout: 20_000 }).toEqual(["paid", "paid"]);

    emulator.faults.add(slow("/v1/refunds"));
    const path = `/marketplace/purchases/${again.body.purchase.id}/refund`;
    const refund = await call("POST", path, { headers: publisher.session, body: {} });
    expect([refund.status, refund.body.status]).toEqual([201, "pending"]);
    await expect.poll(bought, { timeout: 20_000 }).toEqual(["paid", "refunded"]);

    emulator.faults.add(slow("/v1/subscriptions"));
    const upgrade = () => call("PUT", "/billing/subscription", { headers: ada.session, body: { tier: "pro" } });
    const started = await upgrade();
    expect([started.status, started.body.code]).toEqual([503, "stripe_unavailable"]);
    await expect.poll(() => saas.entitlements.tierOf(ada.id), { timeout: 20_000 }).toBe("pro");
    expect((await upgrade()).body.code).toBe("already_on_tier");
    // Mirrored by a webhook's job.
    const invoices = async () => (await payments.invoices.list(ada.id, { limit: 10 })).data.length;
    await expect.poll(invoices, { timeout: 20_000 }).toBe(1);
  });
});
