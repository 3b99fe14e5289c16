import { isRevopsError, money } from "@revops/core";
import { createJobs } from "@revops/jobs";
import { forEachDatabase } from "@revops/testing/vitest";
import Stripe from "stripe";
import { expect, test } from "vitest";
import { startProxy } from "../../test/proxy.ts";
import { eventBody, signatureAttacks, signed } from "../../test/signature-attacks.ts";
import { catalog, openWorld, webhookSecret } from "../../test/world.ts";
import { createPayments } from "../index.ts";

const subjectId = "usr_1";

forEachDatabase("webhooks", (open) => {
  test("each forged, stale, future or altered delivery is refused, and none is stored", async () => {
    const { payments, clock } = await openWorld(open);
    const { attacks, body, good, rolled } = signatureAttacks(clock.now());
    expect(attacks.length).toBeGreaterThanOrEqual(60);
    for (const { name, raw, signature } of attacks) {
      const refusal = await payments.webhooks.receive(raw, signature).catch((error: unknown) => error);
      expect(isRevopsError(refusal, "invalid_signature"), name).toBe(true);
    }
    expect(await payments.webhooks.counts()).toEqual({ received: 0, processed: 0, ignored: 0, dead: 0 });
    // What all of them are variations of is taken, also next to a signature of a secret that is being rolled out.
    expect(await payments.webhooks.receive(body, rolled)).toEqual({ eventId: "evt_attack", duplicate: false });
    expect(await payments.webhooks.receive(body, good)).toEqual({ eventId: "evt_attack", duplicate: true });
    expect(await payments.webhooks.counts()).toEqual({ received: 0, processed: 0, ignored: 1, dead: 0 });
    expect(await payments.webhooks.countsByType()).toEqual([
      { type: "customer.tax_id.created", state: "ignored", count: 1 },
    ]);
  });

  test("while a secret is rolled out both are taken, and neither afterwards but the new one", async () => {
    const { database, jobs, clock } = await openWorld(open);
    const make = (webhookSecret: string | string[]) => {
      const stripe = { secretKey: "sk_test_x", webhookSecret };
      return createPayments({ database, clock, jobs: createJobs({ database }), stripe }).webhooks;
    };
    const now = Math.floor(clock.now().getTime() / 1_000);
    const [old, fresh] = ["whsec_old", "whsec_new"];
    const rolling = make([old, fresh]);
    for (const [n, secret] of [old, fresh].entries()) {
      const body = eventBody(`evt_${n}`);
      expect(await rolling.receive(body, signed(body, now, secret))).toMatchObject({ duplicate: false });
    }
    const body = eventBody("evt_9");
    await expect(make(fresh).receive(body, signed(body, now, old))).rejects.toMatchObject({
      code: "invalid_signature",
    });
    await expect(rolling.receive(body, signed(body, now, "whsec_other"))).rejects.toThrow();
    for (const blank of [[], [fresh, ""], [" "]]) expect(() => make(blank)).toThrow("webhook secret");
    expect(jobs).toBeDefined();
  });

  test("inside a transaction it is refused instead of waiting for itself", async () => {
    const { database, payments, clock } = await openWorld(open);
    const body = eventBody("evt_1");
    const header = signed(body, Math.floor(clock.now().getTime() / 1_000));
    await expect(database.transaction(() => payments.webhooks.receive(body, header))).rejects.toMatchObject({
      code: "handle_outside_transaction",
    });
    expect(await payments.webhooks.receive(body, header)).toMatchObject({ duplicate: false });
  });

  test("a blank secret stops the start, since anyone could sign with it", async () => {
    const { database, jobs } = await openWorld(open);
    for (const webhookSecret of ["", "  "]) {
      expect(() => createPayments({ database, jobs, stripe: { secretKey: "sk_test_x", webhookSecret } })).toThrow(
        "webhook secret",
      );
    }
  });

  test("events repeated and shuffled, by two instances at once, end in Stripe's state and tell each fact once", async () => {
    const world = await openWorld(open, { hold: true });
    const { payments, held, emulator, stripe } = world;
    const pay = (reference: string, paymentMethodId: string) =>
      payments.payments.charge({ subjectId, reference, amount: money(500, "usd"), description: "x", paymentMethodId });
    await pay("a", "pm_card_visa");
    await pay("b", "pm_card_chargeDeclined").catch(() => undefined);
    const b = await pay("b", "pm_card_visa");
    await stripe.refunds.create({ payment_intent: b.stripePaymentIntentId ?? "" });
    const method = await payments.paymentMethods.attach({ subjectId, paymentMethodId: "pm_card_mastercard" });
    await emulator.settle();
    const told = world.names().toSorted();
    expect(told).toEqual(["payment.failed", "payment.succeeded", "payment.succeeded"]);

    const other = world.again();
    const instances = [payments, other.payments];
    const many = [...held, ...held, ...held].sort(() => Math.random() - 0.5);
    await Promise.all(many.map(({ body, signature }, n) => instances[n % 2]?.webhooks.receive(body, signature)));
    await Promise.all([world.jobs.runDue(), other.jobs.runDue()]);
    expect(world.names().toSorted()).toEqual(["payment.failed", "payment.refunded", ...told.slice(1)]);
    const counts = await payments.webhooks.counts();
    expect(counts.received).toBe(0);
    expect(counts.processed + counts.ignored).toBe(held.length);
    expect(await payments.payments.get(b.id)).toMatchObject({ status: "succeeded", amountRefunded: money(500, "usd") });
    expect((await payments.paymentMethods.list(subjectId, { limit: 10 })).data).toEqual([method]);
  });

  test("the events of an upgrade, a renewal, a decline and a cancel, in any order, end in the same state", async () => {
    const world = await openWorld(open, { hold: true });
    const { payments, held, stripe } = world;
    await payments.plans.push(catalog);
    await payments.paymentMethods.attach({ subjectId, paymentMethodId: "pm_card_visa" });
    await payments.subscriptions.change({ subjectId, tier: "pro" });
    const { currentPeriodEnd } = await payments.subscriptions.change({ subjectId, tier: "team" });
    await world.advance(new Date(currentPeriodEnd.getTime() + 2 * 3_600_000));
    await payments.paymentMethods.attach({ subjectId, paymentMethodId: "pm_card_chargeCustomerFail" });
    await world.advance(32 * 86_400_000);
    await payments.subscriptions.cancel({ subjectId, immediately: true });
    await world.emulator.settle();

    const now = Math.floor(world.clock.now().getTime() / 1_000);
    const shuffled = [...held, ...held].sort(() => Math.random() - 0.5);
    for (const { body } of shuffled) await payments.webhooks.receive(body, signed(body, now));
    const other = world.again();
    await Promise.all([world.jobs.runDue(), other.jobs.runDue()]);
    expect((await payments.webhooks.counts()).received).toBe(0);
    expect(await payments.subscriptions.get(subjectId)).toBeNull();
    const mirrored = (await payments.invoices.list(subjectId, { limit: 20 })).data;
    const truth = (await stripe.invoices.list({ limit: 20 })).data;
    const shown = (status: string | null, id: string, due: number, paid: number) => `${id} ${status} ${due} ${paid}`;
    expect(
      mirrored
        .map((one) => shown(one.status, one.stripeInvoiceId, one.amountDue.amount, one.amountPaid.amount))
        .toSorted(),
    ).toEqual(truth.map((one) => shown(one.status, one.id, one.amount_due, one.amount_paid)).toSorted());
    const count = (name: string) => world.names().filter((told) => told === name).length;
    expect(count("invoice.paid")).toBe(truth.filter(({ status }) => status === "paid").length);
    expect(count("subscription.ended")).toBe(1);
  });

  test("an event whose object never was at Stripe changes nothing", async () => {
    const world = await openWorld(open);
    const body = eventBody("evt_strange", "payment_intent.succeeded");
    await world.payments.webhooks.receive(body, signed(body, Math.floor(world.clock.now().getTime() / 1_000)));
    await world.settle();
    expect(await world.payments.webhooks.counts()).toEqual({ received: 0, processed: 1, ignored: 0, dead: 0 });
    expect(world.told).toEqual([]);
  });

  test("of an event that waits for a week its body is not kept, and it is processed without", async () => {
    const proxy = await startProxy();
    const { payments, clock, jobs, stripe, advance } = await openWorld(open, { proxy });
    const { stripeCustomerId: id } = await payments.customers.ensure({ subjectId, email: "a@example.com" });
    await stripe.customers.update(id, { email: "b@example.com" });
    proxy.weather = "refuse";
    const outline = { id: "evt_late", object: "event", type: "customer.updated" };
    const object = { id, object: "customer", email: "b@example.com" };
    const created = Math.floor(clock.now().getTime() / 1_000);
    const body = Buffer.from(JSON.stringify({ ...outline, created, data: { object } }));
    await payments.webhooks.receive(body, signed(body, created));
    const keptAfterARound = async () => {
      jobs.start();
      await jobs.stop();
      return JSON.parse((await payments.webhooks.get("evt_late")).body);
    };
    clock.advance(7 * 86_400_000);
    expect(await keptAfterARound()).toMatchObject({ data: { object } });
    clock.advance(1);
    expect(await keptAfterARound()).toEqual({ ...outline, created });
    proxy.weather = "pass";
    await advance(3_600_000);
    expect(await payments.webhooks.get("evt_late")).toMatchObject({ state: "processed" });
    expect(await payments.customers.get(subjectId)).toMatchObject({ email: "b@example.com" });
  });

  test("of an event that tells of an erasure its body is never kept: it says what was erased", async () => {
    const proxy = await startProxy();
    const { payments, clock, stripe, advance } = await openWorld(open, { proxy });
    const { stripeCustomerId: id } = await payments.customers.ensure({ subjectId, email: "a@example.com" });
    await stripe.customers.update(id, { email: "" });
    proxy.weather = "refuse";
    const created = Math.floor(clock.now().getTime() / 1_000);
    const gone = { id, object: "customer", email: null };
    const told = {
      evt_emptied: ["customer.updated", { object: gone, previous_attributes: { email: "a@example.com" } }],
      evt_deleted: ["customer.deleted", { object: { ...gone, email: "a@example.com" } }],
    } as const;
    for (const [event, [type, data]] of Object.entries(told)) {
      const outline = { id: event, object: "event", type, created };
      const body = Buffer.from(JSON.stringify({ ...outline, data }));
      await payments.webhooks.receive(body, signed(body, created));
      const kept = await payments.webhooks.get(event);
      expect(kept.state).toBe("received");
      expect(JSON.parse(kept.body)).toEqual(outline);
    }
    proxy.weather = "pass";
    await advance(3_600_000);
    for (const event of Object.keys(told)) {
      expect(await payments.webhooks.get(event)).toMatchObject({ state: "processed" });
    }
    expect(await payments.customers.get(subjectId)).toMatchObject({ email: null });
  });

  test("while Stripe is away an event waits, is set aside in the end, and can be replayed", async () => {
    const proxy = await startProxy();
    const world = await openWorld(open, { proxy });
    await world.payments.customers.ensure({ subjectId, email: "a@example.com" });
    await world.settle();
    proxy.weather = "refuse";
    const [customer] = (await world.stripe.customers.list()).data;
    await world.stripe.customers.update(customer?.id ?? "", { email: "b@example.com" });
    await world.settle();
    expect((await world.payments.webhooks.counts()).received).toBe(1);
    const { webhooks } = world.payments;
    for (let tries = 0; tries < 22; tries++) await world.advance(3_600_000);
    expect(await webhooks.counts()).toMatchObject({ received: 0, dead: 1 });
    const [letter] = (await webhooks.dead.list({ limit: 10 })).data;
    expect(letter).toMatchObject({ type: "customer.updated", attempts: 20, state: "received" });
    expect(letter?.lastError).toContain("Stripe does not answer");
    const { body } = await webhooks.dead.get(letter?.id ?? "");
    expect(JSON.parse(body)).toMatchObject({ id: letter?.id, data: { object: { email: "b@example.com" } } });
    // Whoever is erased meanwhile is in no body that waits, whether or not Stripe can be told.
    await world.payments.customers.forget({ subjectId });
    await world.jobs.runDue();
    const outline = { id: letter?.id, object: "event", type: "customer.updated", created: expect.any(Number) };
    expect(JSON.parse((await webhooks.dead.get(letter?.id ?? "")).body)).toEqual(outline);
    await expect(webhooks.dead.get("evt_nothing")).rejects.toMatchObject({ code: "webhook_event_not_found" });
    await expect(webhooks.dead.replay("evt_nothing")).rejects.toMatchObject({ code: "webhook_event_not_found" });
    proxy.weather = "pass";
    await webhooks.dead.replay(letter?.id ?? "");
    await expect(webhooks.dead.replay(letter?.id ?? "")).rejects.toMatchObject({ code: "webhook_event_not_found" });
    await world.jobs.runDue();
    expect(await webhooks.counts()).toMatchObject({ received: 0, dead: 0 });
    expect(await webhooks.dead.replayAll()).toBe(0);
    await world.advance(3_600_000);
    expect(await world.payments.customers.get(subjectId)).toMatchObject({ email: null });
    expect((await world.stripe.customers.list()).data).toMatchObject([{ email: null }]);
  });
});

forEachDatabase("events that no delivery brought", (open) => {
  test("are fetched from Stripe's list, once, in their order, and applied", async () => {
    const world = await openWorld(open, { hold: true });
    const { payments, held, stripe } = world;
    await payments.plans.push(catalog);
    await payments.webhooks.backfill();
    await payments.paymentMethods.attach({ subjectId, paymentMethodId: "pm_card_visa" });
    await payments.subscriptions.change({ subjectId, tier: "pro" });
    await world.advance(5 * 86_400_000);
    await payments.subscriptions.change({ subjectId, tier: "team" });
    await world.emulator.settle();
    const [first] = held;
    const now = Math.floor(world.clock.now().getTime() / 1_000);
    if (first) await payments.webhooks.receive(first.body, signed(first.body, now));
    const inbox = async () => {
      const { received, processed, ignored } = await payments.webhooks.counts();
      return received + processed + ignored;
    };
    const known = await inbox();
    const report = await payments.webhooks.backfill();
    expect(report.seen).toBe(held.length);
    expect(report.added).toBe(held.length - known);
    expect(await inbox()).toBe(held.length);
    expect(await payments.webhooks.backfill(new Date(0))).toMatchObject({ added: 0 });
    await world.jobs.runDue();
    expect(await payments.webhooks.counts()).toMatchObject({ received: 0, dead: 0 });
    expect((await payments.invoices.list(subjectId, { limit: 10 })).data).toHaveLength(2);
    expect((await payments.ledger.verify({ stripe: true })).differences).toEqual([]);
    // The inbox shows what came, in pages.
    const seen: string[] = [];
    for (let after: string | undefined; ; ) {
      const page = await payments.webhooks.list({ limit: 7, after, state: "processed" });
      seen.push(...page.data.map(({ id }) => id));
      if (page.next === null) break;
      after = page.next;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBe((await payments.webhooks.counts()).processed);
    const [paid] = (await payments.webhooks.list({ limit: 1, type: "invoice.paid" })).data;
    // Without what it is about: bodies name people.
    expect(JSON.parse((await payments.webhooks.get(paid?.id ?? "")).body)).toEqual({
      id: paid?.id,
      object: "event",
      type: "invoice.paid",
      created: (paid?.createdAt.getTime() ?? 0) / 1_000,
    });
    await expect(payments.webhooks.get("evt_nothing")).rejects.toMatchObject({ code: "webhook_event_not_found" });
    expect((await stripe.events.list({ limit: 1 })).data).toHaveLength(1);
  });
});

test("the SDK alone would take a timestamp of the future, which is why we look first", () => {
  const body = eventBody("evt_1");
  const future = Math.floor(Date.now() / 1_000) + 3_600;
  const taken = new Stripe("sk_test_x").webhooks.constructEvent(body, signed(body, future), webhookSecret);
  expect(taken.id).toBe("evt_1");
});
