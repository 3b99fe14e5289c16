/** Subscriptions, invoices, cards and usage over HTTP, with the local Stripe behind them. */
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { keyOf, register, startApi } from "./service.ts";

forEachDatabase("billing over HTTP", (open) => {
  test("a free user has a subscription to look at, and none to cancel", async () => {
    const service = await startApi(open);
    const { session: headers } = await register(service, "ada");
    const { body } = await service.call("GET", "/billing/subscription", { headers });
    expect(body).toMatchObject({ tier: "free", status: "active", price: { amount: 0, currency: "usd" } });
    expect(body).toMatchObject({ cancelAtPeriodEnd: false, pendingTier: null });
    expect(Date.parse(body.currentPeriodEnd) - Date.parse(body.currentPeriodStart)).toBe(30 * 86_400_000);
    expect((await service.call("DELETE", "/billing/subscription", { headers })).body.code).toBe("not_found");
    const odd = await service.call("DELETE", "/billing/subscription?immediately=yes", { headers });
    expect(odd.body.code).toBe("validation_failed");
  });

  test("an upgrade: previewed without a trace, refused without a card, charged and granted at once", async () => {
    const service = await startApi(open);
    const { id, session: headers } = await register(service, "ada");
    const put = (body: object) => service.call("PUT", "/billing/subscription", { headers, body });
    expect((await put({ tier: "enterprise" })).body).toMatchObject({ status: 422, code: "contact_sales" });
    expect((await put({ tier: "gold" })).body).toMatchObject({ status: 422, code: "unknown_tier" });
    expect((await put({ tier: "pro", price: 1 })).body.code).toBe("validation_failed");
    expect((await put({ tier: "pro" })).body).toMatchObject({ status: 402, code: "payment_required" });

    const previewed = await put({ tier: "pro", preview: true });
    expect(previewed.body).toMatchObject({
      tier: "free",
      preview: { tier: "pro", kind: "start", amountDue: { amount: 2_900, currency: "usd" } },
    });
    const upgraded = await put({ tier: "pro", paymentMethodId: "pm_card_visa" });
    expect(upgraded.body).toMatchObject({ tier: "pro", status: "active", price: { amount: 2_900, currency: "usd" } });
    expect(upgraded.body.preview).toBeUndefined();
    const shown = await service.call("GET", "/billing/subscription", { headers });
    expect(shown.body).toEqual(upgraded.body);
    expect((await service.call("GET", "/auth/me", { headers })).body.tier).toBe("pro");
    expect((await put({ tier: "pro" })).body.code).toBe("already_on_tier");

    const invoices = async () => (await service.call("GET", "/billing/invoices", { headers })).body.data;
    await expect.poll(async () => (await invoices())[0]?.status, { timeout: 20_000 }).toBe("paid");
    const [invoice] = await invoices();
    expect(invoice).toMatchObject({ amountDue: { amount: 2_900, currency: "usd" }, overdue: false });
    const details = await service.call("GET", `/billing/invoices/${invoice.id}`, { headers });
    expect(details.body.lines).toHaveLength(1);

    const downgraded = await put({ tier: "free" });
    const waiting = { tier: "pro", status: "active", cancelAtPeriodEnd: true, pendingTier: "free" };
    expect(downgraded.body).toMatchObject(waiting);
    expect((await service.call("GET", "/billing/subscription", { headers })).body).toEqual(downgraded.body);
    expect((await put({ tier: "pro" })).body).toMatchObject({ cancelAtPeriodEnd: false, pendingTier: null });
    const cancelled = await service.call("DELETE", "/billing/subscription", { headers });
    expect(cancelled.body).toMatchObject(waiting);
    const ended = await service.call("DELETE", "/billing/subscription?immediately=true", { headers });
    const free = { tier: "free", price: { amount: 0, currency: "usd" }, pendingTier: null };
    expect(ended).toMatchObject({ status: 200, body: { ...free, status: "canceled" } });
    expect((await service.call("GET", "/billing/subscription", { headers })).body).toMatchObject(free);
    // A custom tier that sales assigned is what one has, and may ask for again.
    await service.saas.entitlements.assign({ subjectId: id, tier: "enterprise", status: "active" });
    expect((await put({ tier: "enterprise" })).body).toMatchObject({ tier: "enterprise", price: null });
  });

  test("cards: attached, listed, removed; someone else's and unknown ones are 404", async () => {
    const service = await startApi(open);
    const { session: headers } = await register(service, "ada");
    const attach = (paymentMethodId: string) =>
      service.call("POST", "/billing/payment-methods", { headers, body: { paymentMethodId } });
    const visa = await attach("pm_card_visa");
    expect(visa.body).toEqual({
      id: expect.stringMatching(/^pm_/),
      brand: "visa",
      last4: "4242",
      expMonth: expect.any(Number),
      expYear: expect.any(Number),
      isDefault: true,
    });
    expect((await attach("pm_nobodys")).body.code).toBe("not_found");
    expect((await attach("pm_card_chargeDeclined")).status).toBe(402);
    const list = () => service.call("GET", "/billing/payment-methods", { headers });
    expect((await list()).body.data).toEqual([visa.body]);
    const path = `/billing/payment-methods/${visa.body.id}`;
    expect((await service.call("DELETE", path, { headers })).status).toBe(204);
    expect((await service.call("DELETE", path, { headers })).status).toBe(404);
    expect((await list()).body.data).toEqual([]);
  });

  test("usage: an id counts once, a batch has a result for each, a single refused event is a 429", async () => {
    const service = await startApi(open);
    const ada = await register(service, "ada");
    const headers = await keyOf(service, ada, ["usage:write", "billing:read"]);
    const post = (body: object) => service.call("POST", "/billing/usage", { headers, body });
    const event = (id: string, quantity = 1) => ({ id, operation: "api_call", quantity });
    expect((await post(event("a", 10))).body).toEqual({ accepted: 1, duplicates: 0, rejected: [] });
    expect((await post(event("a", 10))).body).toEqual({ accepted: 0, duplicates: 1, rejected: [] });
    const events = [event("a"), event("b", 2), event("b", 2), event("c", 5_000), { id: "d", operation: "nothing" }];
    const batch = await post({ events: [...events, event("e", -1), event("ü")] });
    expect(batch.body).toMatchObject({ accepted: 1, duplicates: 2 });
    expect(batch.body.rejected.map(({ id, code }: { id: string; code: string }) => [id, code])).toEqual([
      ["c", "quota_exceeded"],
      ["d", "unknown_feature"],
      ["e", "invalid_quantity"],
      ["ü", "invalid_event_id"],
    ]);
    const refused = await post(event("f", 989));
    expect(refused.body).toMatchObject({ status: 429, code: "quota_exceeded", limit: 1_000, used: 12 });
    expect((await post(event("g", 988))).status).toBe(200);
    const report = await service.call("GET", "/billing/usage", { headers });
    expect(report.body).toMatchObject({ tier: "free", cycle: { daysRemaining: 30 } });
    expect(report.body.features).toContainEqual(
      expect.objectContaining({
        feature: "api_call",
        used: 1_000,
        limit: 1_000,
        remaining: 0,
        percent: 100,
        nearLimit: true,
      }),
    );
  });

  test("the history of use, by the hour and by the day, and the events behind it, with what was taken back", async () => {
    const service = await startApi(open);
    const ada = await register(service, "ada");
    const { id: subjectId } = ada;
    const headers = await keyOf(service, ada, ["usage:write", "billing:read"]);
    const now = new Date();
    const hourAgo = new Date(now.getTime() - 3_600_000).toISOString();
    await service.call("POST", "/billing/usage", {
      headers,
      body: {
        events: [
          { id: "a", operation: "api_call", quantity: 5 },
          { id: "b", operation: "api_call", quantity: 3, occurredAt: hourAgo },
          { id: "c", operation: "api_call", quantity: 2, metadata: { region: "eu" } },
        ],
      },
    });
    await service.saas.meters.void({ subjectId, id: "a" });
    const history = async (query: string) =>
      (await service.call("GET", `/billing/usage/history?${query}`, { headers })).body;
    const hours = await history("feature=api_call&interval=hour");
    expect(hours.data).toHaveLength(49);
    expect(hours.data.slice(-2).map(({ quantity }: { quantity: number }) => quantity)).toEqual([3, 2]);
    expect(hours.data.at(-1).at).toMatch(/:00:00\.000Z$/);
    const days = await history(`feature=api_call&from=${now.toISOString().slice(0, 10)}T00:00:00Z`);
    expect(days.data.reduce((sum: number, { quantity }: { quantity: number }) => sum + quantity, 0)).toBeGreaterThan(0);
    expect((await history("feature=api_call&interval=day&timeZone=Europe/Berlin")).data.length).toBeGreaterThan(29);
    for (const [query, code] of [
      ["", "validation_failed"],
      ["feature=api_call&interval=week", "validation_failed"],
      ["feature=api_call&form=2026-01-01T00:00:00Z", "validation_failed"],
      ["feature=api_call&from=yesterday", "validation_failed"],
      ["feature=api_call&to=2026-01-01T00:00:00Z&from=2026-02-01T00:00:00Z", "invalid_range"],
      ["feature=api_call&from=1990-01-01T00:00:00Z", "invalid_range"],
      ["feature=api_calls", "unknown_feature"],
      ["feature=sla", "feature_not_counted"],
      ["feature=api_call&timeZone=Mars/Base", "unknown_time_zone"],
    ]) {
      expect(await history(query ?? ""), query).toMatchObject({ status: 422, code });
    }

    const first = (await service.call("GET", "/billing/usage/events?feature=api_call&limit=2", { headers })).body;
    const cursor = encodeURIComponent(first.nextCursor);
    const rest = (
      await service.call("GET", `/billing/usage/events?feature=api_call&limit=2&cursor=${cursor}`, { headers })
    ).body;
    expect(rest.nextCursor).toBeNull();
    const listed = [...first.data, ...rest.data];
    expect(listed.map(({ quantity, voided }) => [quantity, voided]).sort()).toEqual([
      ["0", true],
      ["2", false],
      ["3", false],
    ]);
    expect(listed.find(({ quantity }) => quantity === "2")).toMatchObject({ metadata: { region: "eu" } });
    const other = await service.call("GET", `/billing/usage/events?feature=storage&cursor=${cursor}`, { headers });
    expect(other.body.code).toBe("invalid_cursor");
    const grace = await register(service, "grace");
    const theirs = await service.call("GET", "/billing/usage/events", { headers: grace.session });
    expect(theirs.body).toEqual({ data: [], nextCursor: null });
  });

  test("a thousand events with metadata fit into one batch, and one more does not", async () => {
    const service = await startApi(open);
    const { id, session: headers } = await register(service, "ada");
    await service.saas.entitlements.assign({ subjectId: id, tier: "enterprise", status: "active" });
    const events = Array.from({ length: 1_001 }, (_, index) => ({
      id: `event-${index}`,
      operation: "api_call",
      quantity: "1",
      occurredAt: service.emulator.clock.now().toISOString(),
      metadata: { region: "eu-central-1", request: `req-${index}`, nested: { n: [index, null, true] } },
    }));
    const post = (some: object[]) => service.call("POST", "/billing/usage", { headers, body: { events: some } });
    expect((await post(events)).body.code).toBe("validation_failed");
    expect((await post(events.slice(0, 1_000))).body).toEqual({ accepted: 1_000, duplicates: 0, rejected: [] });
  });

  test("Stripe's pages: an address each, for addresses to return to that are ones", async () => {
    const service = await startApi(open);
    const { session: headers } = await register(service, "ada");
    const post = (path: string, body: object) => service.call("POST", path, { headers, body });
    const urls = { successUrl: "https://example.com/done", cancelUrl: "https://example.com/back" };
    const checkout = await post("/billing/checkout", { tier: "pro", ...urls });
    expect([checkout.status, Object.keys(checkout.body)]).toEqual([200, ["url"]]);
    expect((await fetch(checkout.body.url)).status).toBe(200);
    const portal = await post("/billing/portal", { returnUrl: "https://example.com/account" });
    expect([portal.status, Object.keys(portal.body)]).toEqual([200, ["url"]]);
    for (const wrong of ["javascript:alert(1)", "/done", "ftp://example.com", "data:text/html,x"]) {
      const refused = await post("/billing/checkout", { tier: "pro", ...urls, successUrl: wrong });
      expect([refused.status, refused.body.code], wrong).toEqual([422, "validation_failed"]);
      expect((await post("/billing/portal", { returnUrl: wrong })).status, wrong).toBe(422);
    }
    expect((await post("/billing/portal", { returnUrl: "https://a:b@example.com" })).body.code).toBe(
      "invalid_return_url",
    );
    expect((await post("/billing/checkout", { tier: "gold", ...urls })).body.code).toBe("unknown_tier");
    expect((await post("/billing/checkout", { tier: "enterprise", ...urls })).body.code).toBe("contact_sales");
    await post("/billing/payment-methods", { paymentMethodId: "pm_card_visa" });
    const other = await post("/billing/payment-methods", { paymentMethodId: "pm_card_mastercard" });
    const [, visa] = (await service.call("GET", "/billing/payment-methods", { headers })).body.data;
    expect([visa.isDefault, other.body.isDefault]).toEqual([false, true]);
    expect((await post(`/billing/payment-methods/${visa.id}/default`, {})).body).toMatchObject({ isDefault: true });
    await post("/billing/checkout", { tier: "pro", ...urls });
    await service.call("PUT", "/billing/subscription", { headers, body: { tier: "pro" } });
    const again = await post("/billing/checkout", { tier: "pro", ...urls });
    expect([again.status, again.body.code]).toEqual([409, "subscription_exists"]);
  });

  test("the price list is the plans as they are in force", async () => {
    const { call } = await startApi(open);
    const { body } = await call("GET", "/billing/pricing");
    expect(body.tiers).toMatchObject([
      { tier: "free", price: { amount: 0 }, limits: { api_call: 1_000 }, features: [], sla: null },
      {
        tier: "pro",
        price: { amount: 2_900 },
        limits: { api_call: 100_000 },
        features: ["custom_ontologies"],
        sla: "99.5%",
      },
      { tier: "enterprise", price: null, limits: { api_call: null }, sla: "99.99%" },
    ]);
  });
});
