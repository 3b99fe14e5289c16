/** Usage of closed cycles, charged by Stripe through meters and items and compared to the cent, on a clock that moves. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { money } from "@revops/core";
import { forEachDatabase, type OpenDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { startProxy } from "../../test/proxy.ts";
import { catalog, openWorld, type World, type WorldOptions } from "../../test/world.ts";
import { meterEventName, usageTierMark } from "../plans/names.ts";
import type { PlanPrice } from "../plans/plan.ts";
import type { CycleToBill } from "./bill.ts";

const subjectId = "usr_1";
const feature = "api_call";
const minute = 60_000;
const perCall = (unitAmount: string) => [
  { feature, name: "API calls", charge: { model: "per_unit" as const, unitAmount } },
];
const priced = catalog.map((plan) => ({
  ...plan,
  usage: plan.tier === "pro" ? perCall("0.25") : plan.tier === "team" ? perCall("0.1") : [],
}));

async function metered(open: OpenDatabase, options: WorldOptions = {}, plans: readonly PlanPrice[] = priced) {
  const world = await openWorld(open, options);
  const { payments } = world;
  await payments.plans.push(plans);
  await payments.paymentMethods.attach({ subjectId, paymentMethodId: "pm_card_visa" });
  const { stripeSubscriptionId: subscription } = await payments.subscriptions.change({ subjectId, tier: "pro" });
  await world.settle();
  const { currentPeriodStart: start, currentPeriodEnd: end } = (await payments.subscriptions.get(subjectId)) ?? {
    currentPeriodStart: new Date(0),
    currentPeriodEnd: new Date(0),
  };
  return { ...world, subscription, start, end };
}
type Metered = Awaited<ReturnType<typeof metered>>;

/** 10,003 calls beyond what is included, at a quarter of a cent: 25.0075 dollars-cents, rounded half up. */
function cycleOf(
  { start, end }: { start: Date; end: Date },
  { id = "cyc_1", more = [] }: { id?: string; more?: CycleToBill["statement"]["lines"] } = {},
): CycleToBill {
  const lines = [
    { id: "base", kind: "base", description: "Pro, a month", feature: null, amount: money(2_900, "usd") },
    {
      id: "usage:api_call",
      kind: "usage",
      description: "API calls",
      feature,
      amount: money(2_501, "usd"),
      charged: "10003",
    },
    ...more,
  ];
  const total = lines.reduce((sum, { amount }) => sum + amount.amount, 0);
  const statement = { currency: "usd", lines, total: money(total, "usd") };
  return { subjectId, cycleId: id, tier: "pro", period: { start, end }, statement };
}

/** Past the end of the period: Stripe has made its draft, and our cycle is closed. */
async function close(world: Metered, cycle = cycleOf(world), afterMs = minute) {
  await world.advance(new Date(world.end.getTime() + afterMs));
  await world.payments.usage.bill(cycle);
  await world.jobs.runDue();
}
const finalize = (world: Metered) => world.advance(new Date(world.end.getTime() + 70 * minute));
const lineOf = async ({ payments }: World, id = "usage:api_call", cycleId = "cyc_1") =>
  (await payments.usage.get(cycleId)).lines.find((line) => line.id === id);

forEachDatabase("billing for usage", (open) => {
  test("a closed cycle's use is a meter event on the invoice of its period, and matches to the cent", async () => {
    const world = await metered(open);
    const { payments, stripe } = world;
    const minimum = { id: "minimum", kind: "minimum", description: "Minimum", feature: null, amount: money(99, "usd") };
    await close(world, cycleOf(world, { more: [minimum] }));
    expect(await payments.usage.get("cyc_1")).toMatchObject({ state: "waiting", total: money(5_500, "usd") });
    expect(await lineOf(world)).toMatchObject({ channel: "meter", quantity: "10003", difference: null });
    await finalize(world);
    const bill = await payments.usage.get("cyc_1");
    expect(bill.lines.map(({ id, channel, difference }) => [id, channel, difference])).toEqual([
      ["base", "subscription", 0],
      ["usage:api_call", "meter", 0],
      ["minimum", "item", 0],
    ]);
    expect(bill.state).toBe("matched");
    // The next month, and the use of this one.
    const invoice = await stripe.invoices.retrieve(bill.stripeInvoiceId ?? "");
    expect(invoice).toMatchObject({ status: "paid", total: 2_900 + 2_501 + 99 });
    expect(world.names().filter((name) => name.startsWith("usage."))).toEqual(["usage.reconciled"]);
    expect(await payments.usage.counts()).toMatchObject({ matched: 1, waiting: 0 });
  });

  test("use that was agreed upon at another price than Stripe's is charged by its amount", async () => {
    const world = await metered(open);
    const { statement, ...cycle } = cycleOf(world);
    const lines = statement.lines.map((line) => (line.feature ? { ...line, amount: money(1_000, "usd") } : line));
    await close(world, { ...cycle, statement: { ...statement, lines } });
    await finalize(world);
    expect(await lineOf(world)).toMatchObject({ channel: "item", stripeAmount: money(1_000, "usd"), difference: 0 });
    expect(await world.payments.usage.get("cyc_1")).toMatchObject({ state: "matched" });
  });

  test("a change in the second of a renewal leaves a cycle whose use is not put on the invoice of the one before", async () => {
    const world = await metered(open);
    await close(world);
    const { end } = world;
    const period = { start: end, end: new Date(end.getTime() + 29) };
    const cut = cycleOf(world, { id: "cyc_2" });
    const [, use] = cut.statement.lines;
    if (!use) throw new Error("There is use.");
    await world.payments.usage.bill({ ...cut, period, statement: { ...cut.statement, lines: [use] } });
    await world.jobs.runDue();
    await finalize(world);
    expect(await lineOf(world)).toMatchObject({ channel: "meter", difference: 0 });
    expect(await lineOf(world, "usage:api_call", "cyc_2")).toMatchObject({ channel: "item", difference: null });
    await world.advance(new Date(end.getTime() + 32 * 1_440 * minute));
    expect(await lineOf(world, "usage:api_call", "cyc_2")).toMatchObject({ channel: "item", difference: 0 });
  });

  test("told twice and run twice, in two instances at once, it is charged once", async () => {
    const world = await metered(open);
    const other = world.again();
    await world.advance(new Date(world.end.getTime() + minute));
    await Promise.all([world.payments.usage.bill(cycleOf(world)), other.payments.usage.bill(cycleOf(world))]);
    await Promise.all([world.jobs.runDue(), other.jobs.runDue()]);
    await world.payments.usage.bill(cycleOf(world));
    await Promise.all([world.jobs.runDue(), other.jobs.runDue()]);
    await finalize(world);
    expect(await lineOf(world)).toMatchObject({ stripeAmount: money(2_501, "usd"), difference: 0 });
    expect(world.names().filter((name) => name === "usage.reconciled")).toHaveLength(1);
  });

  test("a meddled meter event is seen: which line, and by how much", async () => {
    const world = await metered(open);
    const { payments, stripe, end } = world;
    await close(world);
    const { stripeCustomerId } = (await payments.customers.get(subjectId)) ?? { stripeCustomerId: "" };
    await stripe.billing.meterEvents.create({
      event_name: meterEventName(feature),
      payload: { stripe_customer_id: stripeCustomerId, value: "400" },
      timestamp: end.getTime() / 1_000 - 5,
    });
    await finalize(world);
    expect(await payments.usage.get("cyc_1")).toMatchObject({ state: "differs" });
    expect(await lineOf(world)).toMatchObject({ stripeAmount: money(2_601, "usd"), difference: 100 });
    expect((await payments.drift()).usage).toMatchObject([{ cycleId: "cyc_1", state: "differs" }]);
    expect(world.names().filter((name) => name.startsWith("usage."))).toEqual(["usage.differs"]);
    // Looked at again, it is told once.
    await payments.usage.reconcile("cyc_1");
    expect(world.names().filter((name) => name.startsWith("usage."))).toEqual(["usage.differs"]);
  });

  test("use that only Stripe charges is seen too", async () => {
    const world = await metered(open);
    const { payments, stripe, end } = world;
    const { statement, ...rest } = cycleOf(world);
    await close(world, { ...rest, statement: { ...statement, lines: statement.lines.slice(0, 1) } });
    const { stripeCustomerId } = (await payments.customers.get(subjectId)) ?? { stripeCustomerId: "" };
    await stripe.billing.meterEvents.create({
      event_name: meterEventName(feature),
      payload: { stripe_customer_id: stripeCustomerId, value: "400" },
      timestamp: end.getTime() / 1_000 - 5,
    });
    await finalize(world);
    expect(await payments.usage.get("cyc_1")).toMatchObject({ state: "differs" });
    expect(await lineOf(world, "stripe:api_call")).toMatchObject({ difference: 100, amount: money(0, "usd") });
  });

  test.for(["an answer that is lost", "a 500 after the work", "a 429"] as const)(
    "%s between sending and recording makes no second event",
    async (fault) => {
      const world = await metered(open);
      const { payments, emulator, jobs, clock } = world;
      const types = {
        "an answer that is lost": "cut-after",
        "a 500 after the work": "error-after",
        "a 429": "rate-limit",
      } as const;
      emulator.faults.add({ type: types[fault], method: "POST", path: "/v1/billing/meter_events", times: 2 });
      await close(world);
      expect(await payments.usage.get("cyc_1")).toMatchObject({
        state: fault === "a 500 after the work" ? "waiting" : "sending",
      });
      await payments.reconcile();
      await clock.advance(new Date(world.end.getTime() + 20 * minute));
      await jobs.runDue();
      await finalize(world);
      expect(await payments.usage.get("cyc_1")).toMatchObject({ state: "matched" });
    },
  );

  test("killed between sending and recording, again and again, it is charged once", async () => {
    const proxy = await startProxy();
    const world = await metered(open, { proxy });
    await world.advance(new Date(world.end.getTime() + minute));
    await world.payments.usage.bill(cycleOf(world));
    const script = new URL("../../test/usage-process.ts", import.meta.url).pathname;
    // A little later than ours, so that the job is due.
    const now = new Date(world.end.getTime() + 5 * minute).toISOString();
    const sent = () => proxy.requests.filter((request) => request.includes("/v1/billing/meter_events"));
    for (let kills = 1; kills <= 2; kills++) {
      const options = ["--conditions=source", script, world.url, proxy.url, now];
      const child = spawn(process.execPath, options, { stdio: ["ignore", "ignore", "inherit"] });
      const ended = once(child, "exit");
      await proxy.whenWritten(1, () => child.kill("SIGKILL"));
      await ended;
      expect(child.signalCode).toBe("SIGKILL");
      // The dead worker's lease.
      await new Promise((resolve) => setTimeout(resolve, 600));
    }
    expect(sent()).toHaveLength(2);
    await world.jobs.runDue();
    // Each time by the same key.
    expect(new Set(sent()).size).toBe(1);
    await finalize(world);
    expect(await world.payments.usage.get("cyc_1")).toMatchObject({ state: "matched" });
  });

  test("after a day it is looked up in the meter and never sent again", async () => {
    const world = await metered(open);
    const { payments, emulator, clock, jobs } = world;
    emulator.faults.add({ type: "cut-after", method: "POST", path: "/v1/billing/meter_events", times: 2 });
    await close(world);
    await clock.advance(new Date(world.end.getTime() + 26 * 60 * minute));
    await emulator.settle();
    expect(await payments.reconcile()).toMatchObject({ finished: 1, open: 0 });
    await jobs.runDue();
    expect(await payments.usage.get("cyc_1")).toMatchObject({ state: "matched" });
  });

  test("what is closed too late for its invoice is on the next one, at the amount that was rated", async () => {
    const world = await metered(open);
    const { payments, end, clock } = world;
    await close(world, cycleOf(world), 3 * 60 * minute);
    expect(await lineOf(world)).toMatchObject({ channel: "item", difference: null });
    await clock.advance(new Date(end.getTime() + 32 * 24 * 60 * minute));
    await world.settle();
    await world.settle();
    expect(await payments.usage.get("cyc_1")).toMatchObject({ state: "matched" });
  });

  test("its metered prices follow the plan; what another plan's prices would charge is an item of the rated amount", async () => {
    const world = await metered(open);
    const { payments, stripe, subscription, start, end, clock } = world;
    const prices = async () =>
      (await stripe.subscriptions.retrieve(subscription)).items.data.flatMap(
        ({ price }) => price.metadata[usageTierMark] ?? [],
      );
    expect(await prices()).toEqual(["pro"]);
    await clock.advance(new Date(start.getTime() + 5 * 24 * 60 * minute));
    await payments.subscriptions.change({ subjectId, tier: "team" });
    expect(await prices()).toEqual(["team"]);
    const cut = cycleOf({ start, end: clock.now() }, { id: "cyc_0" });
    const lines = cut.statement.lines.slice(1);
    await payments.usage.bill({ ...cut, statement: { ...cut.statement, lines } });
    await world.jobs.runDue();
    await payments.subscriptions.change({ subjectId, tier: "pro" });
    // The lower plan's prices take over with the next period: this one's use was rated by the higher plan's.
    await close(world, { ...cycleOf(world), tier: "team", statement: { ...cut.statement, lines } });
    expect(await prices()).toEqual(["pro"]);
    await finalize(world);
    for (const cycleId of ["cyc_0", "cyc_1"]) {
      expect(await payments.usage.get(cycleId)).toMatchObject({ state: "matched" });
      expect(await lineOf(world, "usage:api_call", cycleId)).toMatchObject({ channel: "item", difference: 0 });
    }
    const [renewal] = (await stripe.invoices.list({ subscription, created: { gte: end.getTime() / 1_000 } })).data;
    expect(renewal).toMatchObject({ status: "paid", total: 2_900 + 2 * 2_501 });
  });

  test("what is subscribed to on the checkout page is metered too", async () => {
    const { payments, stripe, settle } = await openWorld(open);
    await payments.plans.push(priced);
    const urls = { successUrl: "https://example.com/done", cancelUrl: "https://example.com/back" };
    const { url } = await payments.pages.checkout({ subjectId, tier: "team", ...urls });
    const form = {
      email: "a@example.com",
      number: "4242424242424242",
      expiry: "12/40",
      cvc: "123",
      name: "A",
      step: "pay",
    };
    await fetch(url, { method: "POST", body: new URLSearchParams(form), redirect: "manual" });
    await settle();
    const { stripeSubscriptionId } = (await payments.subscriptions.get(subjectId)) ?? { stripeSubscriptionId: "" };
    const { items } = await stripe.subscriptions.retrieve(stripeSubscriptionId);
    expect(items.data.map(({ price }) => price.metadata[usageTierMark] ?? "the plan")).toEqual(["the plan", "team"]);
  });

  test("when the subscription is over it is on an invoice of its own", async () => {
    const world = await metered(open);
    const { payments, stripe, start, clock } = world;
    await clock.advance(new Date(start.getTime() + 5 * 24 * 60 * minute));
    await payments.subscriptions.cancel({ subjectId, immediately: true });
    await world.settle();
    const { statement, ...rest } = cycleOf({ start, end: clock.now() });
    await payments.usage.bill({ ...rest, statement: { ...statement, lines: statement.lines.slice(1) } });
    await world.jobs.runDue();
    await world.settle();
    const bill = await payments.usage.get("cyc_1");
    expect(bill).toMatchObject({ state: "matched" });
    expect(await lineOf(world)).toMatchObject({ channel: "invoice", difference: 0 });
    expect(await stripe.invoices.retrieve(bill.stripeInvoiceId ?? "")).toMatchObject({ status: "paid", total: 2_501 });
    expect((await payments.ledger.verify({ stripe: true })).differences).toEqual([]);
  });

  test("a line that Stripe refuses when the subscription is over comes onto that invoice with the others", async () => {
    const world = await metered(open);
    const { payments, stripe, emulator, subscription, end } = world;
    const other = (id: string, amount: number) => ({
      ...{ id, kind: "minimum", description: id, feature: null, amount: money(amount, "usd") },
    });
    const { statement, ...rest } = cycleOf(world);
    const lines = [other("first", 300), other("second", 500)];
    emulator.faults.add({ type: "cut-before", method: "POST", path: "/v1/invoiceitems", times: null });
    await close(world, { ...rest, statement: { ...statement, lines } });
    // The first was asked for and may be on the draft, the second was not asked for yet: then the draft becomes final.
    const { stripeInvoiceId: draft } = await payments.usage.get("cyc_1");
    emulator.faults.clear();
    await stripe.invoices.finalizeInvoice(draft ?? "");
    await stripe.subscriptions.cancel(subscription);
    await world.advance(new Date(end.getTime() + 20 * minute));
    await world.settle();
    const bill = await payments.usage.get("cyc_1");
    expect(bill.lines.map(({ id, channel, difference }) => [id, channel, difference])).toEqual([
      ["first", "invoice", 0],
      ["second", "invoice", 0],
    ]);
    expect(bill.state).toBe("matched");
    expect(await stripe.invoices.retrieve(bill.stripeInvoiceId ?? "")).toMatchObject({ status: "paid", total: 800 });
  });

  /** Use of a tier that costs nothing by itself. */
  const ofFree = (id = "cyc_1"): CycleToBill => {
    const cycle = cycleOf({ start: new Date("2026-01-01"), end: new Date("2026-02-01") }, { id });
    const lines = cycle.statement.lines.filter(({ kind }) => kind !== "base");
    return { ...cycle, tier: "free", statement: { ...cycle.statement, lines, total: money(2_501, "usd") } };
  };

  test("use without a subscription is charged to the card, once, on an invoice of its own", async () => {
    const world = await openWorld(open);
    const { payments, jobs, stripe } = world;
    await payments.paymentMethods.attach({ subjectId, paymentMethodId: "pm_card_visa" });
    for (let times = 0; times < 2; times++) {
      await payments.usage.bill(ofFree());
      await jobs.runDue();
    }
    await world.settle();
    const bill = await payments.usage.get("cyc_1");
    expect(bill).toMatchObject({ state: "matched", reason: null });
    expect(bill.lines).toMatchObject([{ id: "usage:api_call", channel: "invoice", difference: 0 }]);
    expect(await stripe.invoices.retrieve(bill.stripeInvoiceId ?? "")).toMatchObject({ status: "paid", total: 2_501 });
    expect((await stripe.invoices.list({ limit: 10 })).data).toHaveLength(1);
    expect(world.names().filter((name) => name.startsWith("usage."))).toEqual(["usage.reconciled"]);
  });

  test("without a card it waits, says why, and is charged when there is one", async () => {
    const world = await openWorld(open);
    const { payments, jobs } = world;
    for (const id of ["cyc_1", "cyc_2"]) await payments.usage.bill(ofFree(id));
    await jobs.runDue();
    const waits = { state: "unbilled", reason: "no_payment_method", stripeInvoiceId: null };
    expect((await payments.usage.list({ limit: 10, state: "unbilled" })).data).toMatchObject([waits, waits]);
    // Asked for once more, there is still nothing to charge it to.
    expect(await payments.usage.charge("cyc_1")).toMatchObject({ state: "sending", reason: null });
    await jobs.runDue();
    expect(await payments.usage.get("cyc_1")).toMatchObject(waits);
    await payments.paymentMethods.attach({ subjectId, paymentMethodId: "pm_card_visa" });
    await world.settle();
    for (const id of ["cyc_1", "cyc_2"]) {
      expect(await payments.usage.get(id)).toMatchObject({ state: "matched", reason: null });
    }
  });

  test("a tier that was sold by hand is charged when its seller says so, with its price, and what costs nothing is not kept", async () => {
    const world = await openWorld(open);
    const { payments, jobs, stripe } = world;
    const period = { start: new Date("2026-01-01"), end: new Date("2026-02-01") };
    await payments.paymentMethods.attach({ subjectId, paymentMethodId: "pm_card_visa" });
    await payments.usage.bill(cycleOf(period));
    await jobs.runDue();
    expect(await payments.usage.get("cyc_1")).toMatchObject({ state: "unbilled", reason: "sold_by_hand" });
    expect((await stripe.invoices.list({ limit: 10 })).data).toEqual([]);
    const free = { currency: "usd", lines: [], total: money(0, "usd") };
    await payments.usage.bill({ ...cycleOf(period), cycleId: "cyc_2", statement: free });
    await expect(payments.usage.get("cyc_2")).rejects.toMatchObject({ code: "usage_bill_not_found" });
    await expect(payments.usage.charge("cyc_2")).rejects.toMatchObject({ code: "usage_bill_not_found" });
    await Promise.all([payments.usage.charge("cyc_1"), payments.usage.charge("cyc_1")]);
    await jobs.runDue();
    await world.settle();
    const bill = await payments.usage.charge("cyc_1");
    expect(bill.lines.map(({ id, channel, difference }) => [id, channel, difference])).toEqual([
      ["base", "invoice", 0],
      ["usage:api_call", "invoice", 0],
    ]);
    expect(bill).toMatchObject({ state: "matched", total: money(5_401, "usd") });
    expect((await stripe.invoices.list({ limit: 10 })).data).toMatchObject([{ status: "paid", total: 5_401 }]);
  });

  /** Subscribed to a price whose first step costs 7.00 for no use, too. */
  const stepped = (of: OpenDatabase) => {
    const tiers = [
      { upTo: "100", unitAmount: "1", flatAmount: 700 },
      { upTo: null, unitAmount: "0.5", flatAmount: 0 },
    ];
    const usage = [{ feature, name: "API calls", charge: { model: "graduated" as const, tiers } }];
    const plans = priced.map((plan) => (plan.tier === "pro" ? { ...plan, usage } : plan));
    return metered(of, {}, plans);
  };
  const usedFor = (world: Metered, amount: number, charged: string | null): CycleToBill => {
    const { statement, ...cycle } = cycleOf(world);
    const lines = statement.lines.map((line) =>
      line.kind === "usage" ? { ...line, amount: money(amount, "usd"), charged } : line,
    );
    return { ...cycle, statement: { ...statement, lines, total: money(2_900 + amount, "usd") } };
  };

  test.for([
    ["less than the first step's flat amount", 350, -350],
    ["just as much", 700, 0],
  ] as const)(
    "what no quantity has the price of is charged by its amount, %s that Stripe charges for no use",
    async ([, amount, item]) => {
      const world = await stepped(open);
      const { payments, stripe } = world;
      await close(world, usedFor(world, amount, null));
      await finalize(world);
      const bill = await payments.usage.get("cyc_1");
      expect(bill).toMatchObject({ state: "matched" });
      const line = { channel: item === 0 ? "nothing" : "item", stripeAmount: money(amount, "usd"), difference: 0 };
      expect(await lineOf(world)).toMatchObject(line);
      const invoice = await stripe.invoices.retrieve(bill.stripeInvoiceId ?? "");
      expect(invoice).toMatchObject({ status: "paid", total: 2_900 + amount });
      expect(invoice.lines.data.map((one) => one.amount).toSorted()).toEqual(
        [2_900, 700, ...(item === 0 ? [] : [item])].toSorted(),
      );
    },
  );

  test("what is closed too late for its invoice is charged without what that one charged for no use", async () => {
    const world = await stepped(open);
    const { payments, stripe, end, subscription } = world;
    await close(world, usedFor(world, 1_234, "700"), 3 * 60 * minute);
    expect(await lineOf(world)).toMatchObject({ channel: "item", difference: null });
    await world.advance(new Date(end.getTime() + 32 * 24 * 60 * minute));
    await world.settle();
    expect(await payments.usage.get("cyc_1")).toMatchObject({ state: "matched" });
    const invoices = await stripe.invoices.list({ subscription });
    const amounts = invoices.data.flatMap(({ lines }) => lines.data.map(({ amount }) => amount));
    // Two months' use: of one the rest of what was rated, of the one under way the first step's flat amount.
    expect(amounts.filter((amount) => amount !== 2_900 && amount !== 0).toSorted()).toEqual([534, 700, 700]);
  });

  test("a subscription that is over by then has it on an invoice of its own, without that too", async () => {
    const world = await stepped(open);
    const { payments, stripe, end } = world;
    await world.advance(new Date(end.getTime() + 2 * 60 * minute));
    await payments.subscriptions.cancel({ subjectId, immediately: true });
    await world.settle();
    await close(world, usedFor(world, 1_234, "700"), 3 * 60 * minute);
    await world.settle();
    const bill = await payments.usage.get("cyc_1");
    expect(bill).toMatchObject({ state: "matched" });
    expect(await lineOf(world)).toMatchObject({ channel: "invoice", stripeAmount: money(1_234, "usd") });
    expect(await stripe.invoices.retrieve(bill.stripeInvoiceId ?? "")).toMatchObject({ status: "paid", total: 534 });
  });

  test("the first step's flat amount is charged by Stripe as by us when nothing was used", async () => {
    const world = await stepped(open);
    await close(world, usedFor(world, 700, "0"));
    await finalize(world);
    expect(await world.payments.usage.get("cyc_1")).toMatchObject({ state: "matched" });
    expect(await lineOf(world)).toMatchObject({ channel: "meter", stripeAmount: money(700, "usd"), difference: 0 });
  });
});
