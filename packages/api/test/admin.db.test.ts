/** What an admin sees of Stripe's events, of our copies and of the books. */
import { forEachDatabase } from "@revops/testing/vitest";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { register, startApi } from "./service.ts";

forEachDatabase("an admin", (open) => {
  test("looks through the inbox, finds a dead event with its reason, and replays it", async () => {
    const service = await startApi(open);
    const eve = await register(service, "eve");
    await service.auth.users.setRole(eve.id, "admin");
    const as = { headers: eve.session };
    const get = async (path: string) => (await service.call("GET", path, as)).body;
    const ada = await register(service, "ada");
    const body = { paymentMethodId: "pm_card_visa" };
    await service.call("POST", "/billing/payment-methods", { headers: ada.session, body });
    await service.emulator.settle();
    await service.jobs.runDue();

    const counts = await get("/admin/webhooks");
    expect(counts).toMatchObject({ received: 0, dead: 0, types: expect.any(Array) });
    expect(counts.processed).toBeGreaterThan(1);
    const attached = await get("/admin/webhooks/events?type=payment_method.attached&limit=1");
    const [event] = attached.data;
    expect(event).toMatchObject({ type: "payment_method.attached", state: "processed" });
    // Of what is done, without what it was about: bodies name people.
    const outline = JSON.parse((await get(`/admin/webhooks/events/${event.id}`)).body);
    expect(outline).toEqual({ id: event.id, object: "event", type: event.type, created: expect.any(Number) });

    // One that was tried too often, as after a long outage.
    const signed = JSON.stringify({ ...outline, data: { object: { id: event.objectId, object: "payment_method" } } });
    const undone = sql`update payments_webhook_events set state = 'received', body = ${signed} where id = ${event.id}`;
    await service.database.rows(undone);
    const runAt = new Date(service.emulator.clock.now().getTime() + 86_400_000);
    const jobId = await service.jobs.enqueue({ name: "payments.webhook", payload: { eventId: event.id }, runAt });
    const died = sql`update jobs_jobs set state = 'dead', attempts = 20, last_error = 'Error: away' where id = ${jobId}`;
    await service.database.rows(died);
    expect(await get("/admin/webhooks")).toMatchObject({ received: 0, dead: 1 });
    expect(await get("/admin/webhooks/dead")).toMatchObject({ data: [{ id: event.id, lastError: "Error: away" }] });
    expect(await get(`/admin/webhooks/dead/${event.id}`)).toMatchObject({ attempts: 20, body: signed });
    expect((await service.call("POST", `/admin/webhooks/dead/${event.id}/replay`, as)).status).toBe(204);
    expect((await service.call("POST", `/admin/webhooks/dead/${event.id}/replay`, as)).status).toBe(404);
    await service.jobs.runDue();
    expect((await service.call("POST", "/admin/webhooks/replay", as)).body).toEqual({ replayed: 0 });
    expect(await get("/admin/webhooks")).toMatchObject({ received: 0, dead: 0, processed: counts.processed });
    const backfilled = await service.call("POST", "/admin/webhooks/backfill", { ...as, body: {} });
    expect(backfilled).toMatchObject({ status: 200, body: { added: expect.any(Number) } });
  });

  test("compares our copies with Stripe, repairs them, and proves the books", async () => {
    const service = await startApi(open);
    const eve = await register(service, "eve");
    await service.auth.users.setRole(eve.id, "admin");
    const as = { headers: eve.session };
    const body = { tier: "pro", paymentMethodId: "pm_card_visa" };
    await service.call("PUT", "/billing/subscription", { headers: eve.session, body });
    await service.emulator.settle();
    await service.jobs.runDue();
    await service.database.rows(sql`update payments_invoices set status = 'open'`);
    const drift = (body: object) => service.call("POST", "/admin/drift", { ...as, body });
    const found = { kind: "invoice", fields: ["status"], ours: { status: "open" }, stripe: { status: "paid" } };
    expect((await drift({})).body.drifts).toMatchObject([{ ...found, repaired: false }]);
    expect((await drift({ repair: true })).body.drifts).toMatchObject([{ ...found, repaired: true }]);
    expect((await drift({})).body.drifts).toEqual([]);
    expect((await drift({ repairs: true })).status).toBe(422);

    const proof = await service.call("GET", "/admin/ledger/verify?stripe=true", as);
    expect(proof.body).toEqual({ postings: 1, differences: [] });
    const entries = await service.call("GET", "/admin/ledger/entries?account=revenue:subscriptions", as);
    expect(entries.body.data).toMatchObject([{ kind: "charge", currency: "usd", amount: -2_900 }]);
    await service.database.rows(sql`update payments_ledger_entries set amount = amount - 1 where amount < 0`);
    const broken = await service.call("GET", "/admin/ledger/verify", as);
    expect(broken.body.differences.length).toBeGreaterThan(0);
  });
});
