/** Customers' webhook endpoints over HTTP, told of what their own requests bring about. */
import { webhookEventTypes } from "@revops/api";
import { dayMs } from "@revops/core";
import { forEachDatabase } from "@revops/testing/vitest";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { startReceiver, verifies } from "./receiver.ts";
import { admin, keyOf, organizationOf, register, startApi, type TestApi } from "./service.ts";

/** What is sent is what the document says. */
function expectDocumented({ api }: TestApi, { received }: Awaited<ReturnType<typeof startReceiver>>): void {
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  ajv.addSchema(api.document, "api");
  for (const { message } of received) {
    const pointer = `/webhooks/${message.type}/post/requestBody/content/application~1json/schema`;
    expect(ajv.validate({ $ref: `api#${pointer}` }, message), ajv.errorsText()).toBe(true);
  }
}

forEachDatabase("webhook endpoints", (open) => {
  test("an upgrade is told to the customer's own server, signed, with the data of the API", async () => {
    const service = await startApi(open);
    const receiver = await startReceiver();
    const ada = await register(service, "ada");
    const headers = ada.session;
    const body = { url: receiver.url, events: ["subscription.changed", "invoice.paid"], description: "billing" };
    const made = await service.call("POST", "/webhooks/endpoints", { headers, body });
    expect(made.status).toBe(201);
    const { secret, ...endpoint } = made.body;
    const path = `/webhooks/endpoints/${endpoint.id}`;
    expect((await service.call("GET", path, { headers })).body).toEqual(endpoint);
    expect((await service.call("GET", "/webhooks/endpoints", { headers })).body.data).toEqual([endpoint]);

    const card = { paymentMethodId: "pm_card_visa" };
    await service.call("POST", "/billing/payment-methods", { headers, body: card });
    await service.call("PUT", "/billing/subscription", { headers, body: { tier: "pro" } });
    // Stripe may tell of the invoice before its answer about the subscription has arrived.
    const types = () => new Set(receiver.received.map(({ message }) => message.type));
    await expect.poll(types, { timeout: 20_000 }).toEqual(new Set(body.events));
    const changed = receiver.received.find(({ message }) => message.type === "subscription.changed");
    if (!changed) throw new Error("It was received.");
    expect(changed.message).toMatchObject({ data: { tier: "pro" } });
    expect(changed.message.data["currentPeriodEnd"]).toMatch(/^\d{4}-.*Z$/);
    expect(changed.body).not.toMatch(/sub_|stripe/i);
    for (const one of receiver.received) expect(verifies(one, secret)).toBe(true);
    expect(receiver.received.map(({ message }) => message.sequence)).toEqual(receiver.received.map((_, n) => n + 1));

    const tested = await service.call("POST", `${path}/test`, { headers });
    expect([tested.status, tested.body.type]).toEqual([201, "ping"]);
    await expect.poll(() => receiver.received.at(-1)?.message.type).toBe("ping");
    const one = `${path}/deliveries/${tested.body.id}`;
    await expect.poll(async () => (await service.call("GET", one, { headers })).body.state).toBe("delivered");
    expect((await service.call("GET", one, { headers })).body.log).toMatchObject([{ status: 204, error: null }]);
    const before = receiver.received.length;
    expect((await service.call("POST", `${one}/resend`, { headers })).status).toBe(202);
    await expect.poll(() => receiver.received.length).toBe(before + 1);

    const page = await service.call("GET", `${path}/deliveries?limit=1`, { headers });
    expect(page.body.data).toHaveLength(1);
    const next = `${path}/deliveries?limit=100&cursor=${page.body.nextCursor}`;
    expect((await service.call("GET", next, { headers })).body.data).toHaveLength(before - 1);
    expect((await service.call("GET", `${next}&state=failed`, { headers })).body.code).toBe("invalid_cursor");
  });

  test("an organization hears of its members, and whoever uses something of its limits", async () => {
    const service = await startApi(open);
    const receiver = await startReceiver();
    const [ada, bob] = [await register(service, "ada"), await register(service, "bob")];
    const { id: organizationId, session: headers } = await organizationOf(service, ada);
    await service.call("POST", "/webhooks/endpoints", { headers, body: { url: receiver.url } });
    const { invitations, members } = service.auth.organizations;
    const invited = await invitations.create({ organizationId, actorId: ada.id, email: "bob@example.com" });
    await service.database.rows(sql`update auth_users set email_verified = ${true} where id = ${bob.id}`);
    await invitations.accept({ userId: bob.id, invitationId: invited.id });
    await members.setRole({ organizationId, actorId: ada.id, userId: bob.id, role: "admin" });
    await members.remove({ organizationId, actorId: ada.id, userId: bob.id });
    const use = (quantity: number) =>
      service.saas.quotas.consume({ subjectId: organizationId, feature: "api_call", quantity });
    for (const quantity of [799, 1, 200]) await use(quantity);
    await service.saas.credits.grant({ subjectId: organizationId, id: "gift", feature: "api_call", amount: 50 });
    for (const quantity of [40, 10]) await use(quantity);
    await expect.poll(() => receiver.received.length, { timeout: 20_000 }).toBe(7);
    const told = receiver.received.map(({ message: { type, data } }) => [type, data]);
    const [at, limit, resetsAt] = [expect.any(String), 1_000, expect.any(String)];
    expect(told).toEqual([
      ["organization.member_added", { userId: bob.id, role: "member", at }],
      ["organization.member_role_changed", { userId: bob.id, role: "admin", at }],
      ["organization.member_removed", { userId: bob.id, at }],
      ["quota.near_limit", { feature: "api_call", tier: "free", threshold: 80, limit, used: 800, resetsAt, at }],
      ["quota.reached", { feature: "api_call", tier: "free", threshold: 100, limit, used: 1_000, resetsAt, at }],
      ["credits.low", { account: { pool: null, feature: "api_call" }, remaining: 10, given: 50, at }],
      ["credits.exhausted", { account: { pool: null, feature: "api_call" }, remaining: 0, given: 50, at }],
    ]);
    expectDocumented(service, receiver);
    expect(Object.keys(service.api.document.webhooks ?? {})).toEqual(webhookEventTypes);
  });

  test("a publisher hears of what becomes of their money and their listing, and of nobody's licence key", async () => {
    const service = await startApi(open);
    const receiver = await startReceiver();
    const [ada, bob, mary] = [await register(service, "ada"), await register(service, "bob"), await admin(service)];
    const headers = await keyOf(service, ada);
    const { secret } = (await service.call("POST", "/webhooks/endpoints", { headers, body: { url: receiver.url } }))
      .body;
    const price = { amount: 20_000, currency: "usd" };
    const about = { kind: "service", name: "Advice", summary: "An hour of it", category: "help", price };
    const offered = await service.call("POST", "/marketplace/packages", {
      headers,
      body: { ...about, slug: "advice" },
    });
    const packageId = offered.body.id;
    const moderate = (verb: string, body: object) =>
      service.call("POST", `/admin/marketplace/packages/${packageId}/${verb}`, { headers: mary.session, body });
    await moderate("suspend", { reason: "Is this a service?" });
    await moderate("reinstate", { reason: "It is, says our lawyer." });

    const buys = { headers: bob.session, body: { paymentMethodId: "pm_card_bypassPending" } };
    const bought = await service.call("POST", `/marketplace/packages/${packageId}/purchase`, buys);
    const { id: reference } = bought.body.purchase;
    const said = (body?: object) => ({ headers: bob.session, ...(body && { body }) });
    const reviews = `/marketplace/packages/${packageId}/reviews`;
    const { body: review } = await service.call("POST", reviews, said({ rating: 5, text: "Wise" }));
    await service.call("PATCH", `${reviews}/mine`, said({ rating: 2 }));
    await service.call("DELETE", `${reviews}/mine`, said());
    const half = { amount: { amount: 10_000, currency: "usd" } };
    await service.call("POST", `/marketplace/purchases/${reference}/refund`, { headers, body: half });
    const dispute = { disputeId: "dp_1", reference, paymentId: bought.body.payment.id, amount: 4_000 };
    await service.marketplace.refunds.disputed({ ...dispute, status: "open" });
    await service.marketplace.refunds.disputed({ ...dispute, status: "won" });

    // Their account cannot be paid at first.
    const account = await service.call("POST", "/marketplace/publisher/account", { headers, body: {} });
    service.emulator.clock.advance(15 * dayMs);
    const payout = () => service.call("POST", "/marketplace/publisher/payouts", { headers, body: { currency: "usd" } });
    expect((await payout()).body).toMatchObject({ status: "failed" });
    await service.emulator.completeOnboarding(account.body.id);
    const { id: payoutId } = (await payout()).body;
    await service.marketplace.payouts.reversed({ reference: payoutId, amountReversed: 500 });

    await expect.poll(() => receiver.received.length, { timeout: 20_000 }).toBe(12);
    const usd = (amount: number) => ({ amount, currency: "usd" });
    const purchase = { id: reference, packageId, price, commission: usd(3_000), licenseKey: null };
    const listing = { packageId, slug: "advice", name: "Advice", at: expect.any(String) };
    const told = receiver.received.map(({ message: { type, data } }) => [type, data]);
    expect(told).toEqual([
      ["listing.suspended", { ...listing, status: "suspended", reason: "Is this a service?" }],
      ["listing.reinstated", { ...listing, status: "published", reason: null }],
      ["order.paid", expect.objectContaining({ ...purchase, status: "paid", earnings: usd(17_000) })],
      ["review.created", review],
      [
        "review.updated",
        { ...review, rating: 2, updatedAt: expect.any(String), previous: { rating: 5, text: "Wise" } },
      ],
      ["review.removed", { ...review, rating: 2, updatedAt: expect.any(String), removedAt: expect.any(String) }],
      [
        "order.refunded",
        expect.objectContaining({
          ...purchase,
          refunded: usd(10_000),
          refund: { amount: usd(10_000), commission: usd(1_500), earnings: usd(8_500), full: false },
        }),
      ],
      // Of 14,000 in 20,000 the commission is 2,100: 600 more than before, so that 3,400 of the 4,000 were earned.
      [
        "order.disputed",
        expect.objectContaining({
          ...purchase,
          status: "disputed",
          dispute: { id: "dp_1", status: "open", amount: usd(4_000), earnings: usd(-3_400) },
        }),
      ],
      [
        "order.disputed",
        expect.objectContaining({
          ...purchase,
          status: "paid",
          dispute: { id: "dp_1", status: "won", amount: usd(4_000), earnings: usd(3_400) },
        }),
      ],
      ["payout.failed", expect.objectContaining({ status: "failed", amount: usd(8_500), failure: "stripe_rejected" })],
      ["payout.paid", expect.objectContaining({ id: payoutId, status: "paid", amount: usd(8_500), failure: null })],
      ["payout.reversed", expect.objectContaining({ id: payoutId, amount: usd(8_500), reversed: usd(500) })],
    ]);
    for (const one of receiver.received) expect(verifies(one, secret)).toBe(true);
    expectDocumented(service, receiver);
    const balances = await service.call("GET", "/marketplace/publisher/balances", { headers });
    expect(balances.body.data).toMatchObject([{ balance: 500 }]);
  });

  test("changing, rotating and removing", async () => {
    const service = await startApi(open);
    const ada = await register(service, "ada");
    const headers = await keyOf(service, ada, ["webhooks:manage"]);
    const body = { url: "http://127.0.0.1:9/hook" };
    const made = await service.call("POST", "/webhooks/endpoints", { headers, body });
    expect(made.body).toMatchObject({ events: ["*"], enabled: true, description: null });
    const path = `/webhooks/endpoints/${made.body.id}`;
    const changed = await service.call("PATCH", path, { headers, body: { enabled: false, description: "off" } });
    expect(changed.body).toMatchObject({ enabled: false, description: "off", url: body.url });
    expect((await service.call("POST", `${path}/test`, { headers })).body.code).toBe("webhook_endpoint_disabled");
    const keyed = { ...headers, "idempotency-key": "rotate-1" };
    const rotated = await service.call("POST", `${path}/rotate`, { headers: keyed, body: {} });
    expect(rotated.body.secret).toMatch(/^whsec_/);
    expect(rotated.body.secret).not.toBe(made.body.secret);
    const again = await service.call("POST", `${path}/rotate`, { headers: keyed, body: {} });
    expect(again.body.secret).toBe(rotated.body.secret);
    expect((await service.call("DELETE", path, { headers })).status).toBe(204);
    expect((await service.call("GET", path, { headers })).status).toBe(404);
  });

  test.each([
    [{ url: "not an address" }, "invalid_webhook_url"],
    [{ url: "http://user:password@127.0.0.1/" }, "invalid_webhook_url"],
    [{ url: "http://127.0.0.1/", events: ["no.such"] }, "validation_failed"],
    [{ url: "http://127.0.0.1/", events: [] }, "validation_failed"],
    [{ url: "http://127.0.0.1/", secret: "whsec_mine" }, "validation_failed"],
    [{ url: "http://127.0.0.1/\u0000" }, "validation_failed"],
    [{}, "validation_failed"],
  ])("%j is 422 %s", async (body, code) => {
    const service = await startApi(open);
    const { session: headers } = await register(service, "ada");
    const refused = await service.call("POST", "/webhooks/endpoints", { headers, body });
    expect([refused.status, refused.body.code]).toEqual([422, code]);
    expect((await service.call("GET", "/webhooks/endpoints", { headers })).body.data).toEqual([]);
  });
});
