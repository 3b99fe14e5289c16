/** What becomes of an erased person's name and cards, here and at Stripe, whatever Stripe does meanwhile. */
import { dayMs, hourMs, minuteMs, money } from "@revops/core";
import { forEachDatabase } from "@revops/testing/vitest";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { startProxy, type Weather } from "../../test/proxy.ts";
import { catalog, openWorld, type World } from "../../test/world.ts";

const subjectId = "usr_1";
const forgotten = { code: "customer_forgotten" };

/** Someone with a name and two cards. */
async function known({ payments }: World) {
  const { stripeCustomerId } = await payments.customers.ensure({ subjectId, email: "ada@example.com", name: "Ada" });
  const cards: string[] = [];
  for (const paymentMethodId of ["pm_card_visa", "pm_card_mastercard"]) {
    cards.push((await payments.paymentMethods.attach({ subjectId, paymentMethodId })).id);
  }
  return { stripeCustomerId, cards };
}

const mirror = async ({ payments }: World) => ({
  customer: await payments.customers.get(subjectId),
  cards: (await payments.paymentMethods.list(subjectId, { limit: 10 })).data,
});
const nothing = { customer: { email: null, name: null }, cards: [] };

async function expectGoneAtStripe(
  { stripe }: World,
  { stripeCustomerId: id, cards }: Awaited<ReturnType<typeof known>>,
) {
  expect((await stripe.customers.listPaymentMethods(id)).data).toEqual([]);
  expect(await stripe.customers.retrieve(id)).toMatchObject({
    ...{ email: null, name: null },
    invoice_settings: { default_payment_method: null },
  });
  const detachments = (await stripe.events.list({ type: "payment_method.detached", limit: 100 })).data;
  const detached = detachments.map(({ data }) => ("id" in data.object ? data.object.id : ""));
  expect(detached.toSorted()).toEqual(cards.toSorted());
}

const settledAt = async ({ database }: World) =>
  (await database.rows<{ at: unknown }>(sql`select settled_at as at from payments_forgotten`))[0]?.at ?? null;

forEachDatabase("forgetting a customer", (open) => {
  test("is done in the caller's transaction, and at Stripe by a job: the subscription ends, each card is detached once", async () => {
    const proxy = await startProxy();
    const world = await openWorld(open, { proxy });
    const { payments, database, jobs } = world;
    await payments.plans.push(catalog.slice(0, 2));
    const ada = await known(world);
    await payments.subscriptions.change({ subjectId, tier: "pro" });
    await world.settle();
    const failed = database.transaction(async (tx) => {
      await payments.customers.forget({ subjectId }, tx);
      throw new Error("taken back");
    });
    await expect(failed).rejects.toThrow("taken back");
    expect(await mirror(world)).toMatchObject({ customer: { email: "ada@example.com" }, cards: [{}, {}] });
    await jobs.runDue();

    const asked = proxy.requests.length;
    await database.transaction((tx) => payments.customers.forget({ subjectId }, tx));
    expect(await mirror(world)).toMatchObject(nothing);
    // Stripe was asked for nothing yet.
    expect(proxy.requests.length).toBe(asked);
    await world.settle();
    await expectGoneAtStripe(world, ada);
    expect(await payments.subscriptions.get(subjectId)).toBeNull();
    expect(world.names().filter((name) => name === "subscription.ended")).toHaveLength(1);
    expect((await payments.invoices.list(subjectId, { limit: 10 })).data).toHaveLength(1);
    expect(await settledAt(world)).not.toBeNull();
    expect(await payments.drift()).toMatchObject({ drifts: [] });

    const written = proxy.requests.length;
    for (let times = 0; times < 2; times++) await payments.customers.forget({ subjectId });
    await world.settle();
    expect(proxy.requests.length).toBe(written);
  });

  test.each<Weather>(["refuse", "lose", "fail"])(
    "while Stripe's weather is %s: what we have goes at once, what it has when it is back, each card once",
    async (weather) => {
      const proxy = await startProxy();
      const world = await openWorld(open, { proxy });
      const ada = await known(world);
      await world.settle();
      proxy.weather = weather;
      await world.payments.customers.forget({ subjectId });
      await world.settle();
      expect(await mirror(world)).toMatchObject(nothing);
      proxy.weather = "pass";
      await world.advance(hourMs);
      await world.payments.reconcile();
      await world.advance(hourMs);
      await expectGoneAtStripe(world, ada);
      expect(await mirror(world)).toMatchObject(nothing);
      expect(await settledAt(world)).not.toBeNull();
    },
  );

  test("a Stripe that is away for two days is asked again all the same", async () => {
    const proxy = await startProxy();
    const world = await openWorld(open, { proxy });
    const { payments, jobs, database } = world;
    const ada = await known(world);
    await world.settle();
    proxy.weather = "refuse";
    await payments.customers.forget({ subjectId });
    await world.settle();
    // The nine hours of its tries.
    await database.rows(sql`update jobs_jobs set state = 'dead' where name = 'payments.customers.forget'`);
    await world.advance(2 * dayMs);
    expect(await jobs.dead.count("payments.customers.forget")).toBe(1);
    expect(await settledAt(world)).toBeNull();
    proxy.weather = "pass";
    // What is scheduled is done at a start.
    jobs.start();
    await expect.poll(() => settledAt(world), { timeout: 10_000 }).not.toBeNull();
    await jobs.stop();
    await expectGoneAtStripe(world, ada);
  });

  test("a subscription that Stripe knows nothing of keeps no card", async () => {
    const world = await openWorld(open);
    const { payments, jobs, database } = world;
    await payments.plans.push(catalog.slice(0, 2));
    const ada = await known(world);
    await payments.subscriptions.change({ subjectId, tier: "pro" });
    await world.settle();
    await database.rows(sql`update payments_subscriptions set stripe_subscription_id = 'sub_of_nobody'`);
    await payments.customers.forget({ subjectId });
    await world.settle();
    await expectGoneAtStripe(world, ada);
    // It is said, and tried again.
    expect(await settledAt(world)).toBeNull();
    expect((await jobs.depth("payments.customers.forget")).waiting).toBeGreaterThan(0);
  });

  test("webhooks that come late and twice bring nothing back", async () => {
    const world = await openWorld(open, { hold: true });
    const { payments, held, jobs, emulator } = world;
    const ada = await known(world);
    await payments.customers.forget({ subjectId });
    await emulator.settle();
    const deliver = async () => {
      for (const { body, signature } of held.toReversed()) await payments.webhooks.receive(body, signature);
    };
    // Before the job, while Stripe has the cards still.
    await deliver();
    await jobs.runDue();
    expect(await mirror(world)).toMatchObject(nothing);
    await expectGoneAtStripe(world, ada);
    await emulator.settle();
    await deliver();
    await deliver();
    await jobs.runDue();
    expect(await payments.webhooks.counts()).toMatchObject({ received: 0, dead: 0 });
    expect(await mirror(world)).toMatchObject(nothing);
    await expectGoneAtStripe(world, ada);
  });

  test("a card or a name that Stripe has of them later goes too, and nothing new is begun", async () => {
    const world = await openWorld(open);
    const { payments, stripe } = world;
    const { stripeCustomerId: id } = await known(world);
    await payments.customers.forget({ subjectId });
    await world.settle();
    const { ensure } = payments.customers;
    await expect(ensure({ subjectId, email: "ada@example.com" })).rejects.toMatchObject(forgotten);
    await expect(ensure({ subjectId })).rejects.toMatchObject(forgotten);
    const attach = payments.paymentMethods.attach({ subjectId, paymentMethodId: "pm_card_visa" });
    await expect(attach).rejects.toMatchObject(forgotten);
    const order = { subjectId, reference: "pur_1", amount: money(900, "usd"), description: "x" };
    await expect(payments.payments.charge(order)).rejects.toMatchObject({ code: "payment_required" });

    // By a request that was under way, or by hand in Stripe's dashboard.
    const card = await stripe.paymentMethods.attach("pm_card_visa", { customer: id });
    await stripe.customers.update(id, { name: "Ada", invoice_settings: { default_payment_method: card.id } });
    for (let rounds = 0; rounds < 3; rounds++) await world.settle();
    expect(await mirror(world)).toMatchObject(nothing);
    expect((await stripe.customers.listPaymentMethods(id)).data).toEqual([]);
    expect(await stripe.customers.retrieve(id)).toMatchObject({ email: null, name: null });
  });

  test("a customer who was being made, and a page that was open, go too; of who never was one nothing is asked", async () => {
    const proxy = await startProxy();
    const world = await openWorld(open, { proxy });
    const { payments, stripe } = world;
    await payments.plans.push(catalog.slice(0, 2));
    proxy.weather = "lose";
    await expect(payments.customers.ensure({ subjectId, email: "ada@example.com" })).rejects.toMatchObject({
      code: "stripe_unavailable",
    });
    await payments.customers.forget({ subjectId });
    proxy.weather = "pass";
    for (let rounds = 0; rounds < 2; rounds++) await world.advance(hourMs);
    expect((await stripe.customers.list()).data).toMatchObject([{ email: null }]);
    expect(await payments.customers.get(subjectId)).toMatchObject({ email: null });

    const [successUrl, cancelUrl] = ["https://example.com/yes", "https://example.com/no"];
    await payments.pages.checkout({ subjectId: "usr_2", tier: "pro", successUrl, cancelUrl });
    await payments.customers.forget({ subjectId: "usr_2" });
    await world.settle();
    expect((await stripe.checkout.sessions.list()).data).toMatchObject([{ status: "expired" }]);

    const asked = [proxy.requests.length, proxy.reads.length];
    await payments.customers.forget({ subjectId: "usr_3" });
    await world.jobs.runDue();
    expect([proxy.requests.length, proxy.reads.length]).toEqual(asked);
  });

  test("what was used up to then is charged first, and no card is kept for longer than that takes", async () => {
    const world = await openWorld(open);
    const { payments, stripe, clock, jobs } = world;
    await payments.plans.push(catalog.slice(0, 2));
    const ada = await known(world);
    const { currentPeriodStart: start } = await payments.subscriptions.change({ subjectId, tier: "pro" });
    await world.settle();
    await world.advance(5 * dayMs);
    const end = clock.now();
    await payments.customers.forget({ subjectId, cardsUntil: new Date(end.getTime() + hourMs) });
    await world.settle();
    expect(await mirror(world)).toMatchObject(nothing);
    expect((await stripe.customers.listPaymentMethods(ada.stripeCustomerId)).data).toHaveLength(2);
    expect(await stripe.customers.retrieve(ada.stripeCustomerId)).toMatchObject({ email: null, name: null });

    await world.advance(2 * minuteMs);
    const use = {
      id: "usage:seats",
      kind: "usage",
      description: "Seats",
      feature: "seats",
      amount: money(1_200, "usd"),
    };
    const statement = { currency: "usd", lines: [{ ...use, charged: "12" }], total: money(1_200, "usd") };
    await payments.usage.bill({ subjectId, cycleId: "cyc_1", tier: "pro", period: { start, end }, statement });
    await jobs.runDue();
    await world.advance(hourMs);
    await expectGoneAtStripe(world, ada);
    const bill = await payments.usage.get("cyc_1");
    expect(await stripe.invoices.retrieve(bill.stripeInvoiceId ?? "")).toMatchObject({ status: "paid", total: 1_200 });
    expect(bill.state).toBe("matched");
    expect(await settledAt(world)).not.toBeNull();
  });
});
