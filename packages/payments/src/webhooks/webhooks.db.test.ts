import { createHmac } from "node:crypto";
import { isRevopsError, money } from "@revops/core";
import { forEachDatabase } from "@revops/testing/vitest";
import Stripe from "stripe";
import { expect, test } from "vitest";
import { startProxy } from "../../test/proxy.ts";
import { catalog, openWorld, webhookSecret } from "../../test/world.ts";
import { createPayments } from "../index.ts";

const subjectId = "usr_1";

function eventBody(id: string, type = "customer.tax_id.created"): Buffer {
  return Buffer.from(
    JSON.stringify({ id, object: "event", type, created: 1_700_000_000, data: { object: { id: "x_1" } } }),
  );
}
function hmac(text: string | Buffer, secret = webhookSecret): string {
  return createHmac("sha256", secret).update(text).digest("hex");
}
function signed(body: Buffer, seconds: number | string, secret = webhookSecret): string {
  return `t=${seconds},v1=${hmac(Buffer.concat([Buffer.from(`${seconds}.`), body]), secret)}`;
}

forEachDatabase("webhooks", (open) => {
  test("each forged, stale, future or altered delivery is refused, and none is stored", async () => {
    const { payments, clock } = await openWorld(open);
    const now = Math.floor(clock.now().getTime() / 1_000);
    const body = eventBody("evt_attack");
    const good = signed(body, now);
    const v1 = good.split("v1=")[1] ?? "";
    const withMark = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), body]);
    const broken = Buffer.from('{"id":"evt_\uFFFD","object":"event","type":"a","created":1,"data":{"object":{}}}');
    // The three bytes of U+FFFD for one that is no UTF-8: read loosely, both are the same text.
    const at = broken.indexOf(Buffer.from("\uFFFD"));
    const respelt = Buffer.concat([broken.subarray(0, at), Buffer.from([0xff]), broken.subarray(at + 3)]);
    const attacks: [string, Buffer, string | string[] | undefined][] = [
      ["no header", body, undefined],
      ["an empty header", body, ""],
      ["an array of headers", body, [good]],
      ["two headers joined", body, `${good},t=${now + 1}`],
      ["another secret", body, signed(body, now, "whsec_other")],
      ["an empty secret", body, signed(body, now, " ")],
      ["stale by a second", body, signed(body, now - 301)],
      ["from the future", body, signed(body, now + 310)],
      ["far in the future", body, signed(body, 999_999_999_999)],
      ["the old scheme only", body, `t=${now},v0=${v1}`],
      ["no timestamp", body, `v1=${v1}`],
      ["a timestamp with a tail", body, signed(body, `${now}x`)],
      ["a timestamp that is no number", body, signed(body, "NaN")],
      ["a negative timestamp", body, signed(body, -1)],
      ["a moved timestamp", body, `t=${now - 1},v1=${v1}`],
      ["half a signature", body, `t=${now},v1=${v1.slice(0, 32)}`],
      ["a signature in capitals", body, `t=${now},v1=${v1.toUpperCase()}`],
      ["many wrong signatures", body, `t=${now},${Array.from({ length: 50 }, () => `v1=${"0".repeat(64)}`).join(",")}`],
      ["another body", eventBody("evt_other"), good],
      ["the same JSON, spaced", Buffer.from(JSON.stringify(JSON.parse(body.toString()), null, 1)), good],
      ["a byte order mark in front", withMark, good],
      ["other bytes of the same text", respelt, signed(broken, now)],
      ["an empty body", Buffer.alloc(0), signed(Buffer.alloc(0), now)],
      ["no JSON", Buffer.from("x"), signed(Buffer.from("x"), now)],
      ["JSON that is no event", Buffer.from("[]"), signed(Buffer.from("[]"), now)],
      ["an event without an object", Buffer.from('{"object":"event"}'), signed(Buffer.from('{"object":"event"}'), now)],
    ];
    for (const [name, raw, signature] of attacks) {
      const refusal = await payments.webhooks.receive(raw, signature).catch((error: unknown) => error);
      expect(isRevopsError(refusal, "invalid_signature"), name).toBe(true);
    }
    expect(await payments.webhooks.counts()).toEqual({ received: 0, processed: 0, ignored: 0 });
    // What all of them are variations of is taken, also next to a signature of a secret that is being rolled out.
    const rolled = `t=${now},v1=${"0".repeat(64)},v1=${v1},v0=old`;
    expect(await payments.webhooks.receive(body, rolled)).toEqual({ eventId: "evt_attack", duplicate: false });
    expect(await payments.webhooks.receive(body, good)).toEqual({ eventId: "evt_attack", duplicate: true });
    expect(await payments.webhooks.counts()).toEqual({ received: 0, processed: 0, ignored: 1 });
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
    expect(await world.payments.webhooks.counts()).toEqual({ received: 0, processed: 1, ignored: 0 });
    expect(world.told).toEqual([]);
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
    for (let day = 0; day < 14; day++) await world.advance(86_400_000);
    const dead = await world.jobs.dead.list({ limit: 10 });
    expect(dead.data).toMatchObject([{ name: "payments.webhook", attempts: 12 }]);
    proxy.weather = "pass";
    expect(await world.jobs.dead.replayAll()).toBe(1);
    await world.jobs.runDue();
    expect((await world.payments.webhooks.counts()).received).toBe(0);
    expect(await world.payments.customers.ensure({ subjectId })).toMatchObject({ email: "b@example.com" });
  });
});

test("the SDK alone would take a timestamp of the future, which is why we look first", () => {
  const body = eventBody("evt_1");
  const future = Math.floor(Date.now() / 1_000) + 3_600;
  const taken = new Stripe("sk_test_x").webhooks.constructEvent(body, signed(body, future), webhookSecret);
  expect(taken.id).toBe("evt_1");
});
