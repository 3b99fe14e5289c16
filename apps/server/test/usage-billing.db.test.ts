/** From an event of use to a paid invoice: rated by saas, charged by Stripe, compared to the cent, over three months. */
import { createFacts, dayMs, minuteMs, money } from "@revops/core";
import { migrate, openDatabase, type Tx } from "@revops/database";
import { createJobs, jobsMigrations } from "@revops/jobs";
import { createPayments, type PaymentsFacts, paymentsMigrations } from "@revops/payments";
import { createSaas, definePlans, type SaasFacts, saasMigrations } from "@revops/saas";
import { type StripeEmulator, startStripeEmulator } from "@revops/stripe-emulator";
import { forEachDatabase, type OpenDatabase } from "@revops/testing/vitest";
import Stripe from "stripe";
import { expect, onTestFinished, test } from "vitest";
import { planPrices } from "../src/plan-prices.ts";
import { wireBilling } from "../src/wiring.ts";

const subjectId = "usr_1";
const tier = { interval: "month", flags: {}, values: {}, limits: { call: 1_000, token: null, site: null } } as const;
const plansOf = (price: number, call: string) =>
  definePlans({
    features: {
      call: { kind: "metered", name: "Calls" },
      token: { kind: "metered", name: "Tokens", decimals: 3 },
      site: { kind: "allocated", name: "Sites" },
    },
    tiers: {
      free: { ...tier, level: 0, name: "Free", price: money(0, "usd") },
      pro: {
        ...tier,
        level: 1,
        name: "Pro",
        price: money(price, "usd"),
        minimumSpend: 3_000,
        rules: {
          call: { limit: "soft", charge: { model: "per_unit", unitAmount: call } },
          token: {
            charge: {
              model: "graduated",
              tiers: [
                { upTo: 100, unitAmount: "1.5" },
                { upTo: null, unitAmount: "0.125", flatAmount: 40 },
              ],
            },
          },
          site: { included: 1, charge: { model: "per_unit", unitAmount: "333.3" } },
        },
      },
      team: {
        ...tier,
        level: 2,
        name: "Team",
        price: money(9_900, "usd"),
        rules: {
          call: { limit: "soft", charge: { model: "package", size: 500, amount: 80 } },
          site: {
            charge: {
              model: "graduated",
              tiers: [
                { upTo: 2, unitAmount: 200, flatAmount: 401 },
                { upTo: null, unitAmount: "99.9" },
              ],
            },
          },
        },
      },
    },
  });

const plans = plansOf(2_900, "0.25");
type BusinessPlans = typeof plans;

async function openBusiness(open: OpenDatabase) {
  const { url } = await open();
  const emulator = await startStripeEmulator();
  onTestFinished(() => emulator.close());
  const business = await deploy({ url, emulator }, plans);
  await business.saas.entitlements.open({ subjectId });
  await business.payments.paymentMethods.attach({ subjectId, paymentMethodId: "pm_card_visa" });
  return business;
}

/** A version of the service, over the same database and Stripe as the one before it. */
async function deploy(at: { readonly url: string; readonly emulator: StripeEmulator }, plans: BusinessPlans) {
  const { url, emulator } = at;
  const { clock } = emulator;
  const database = openDatabase({ url });
  onTestFinished(() => database.close());
  await migrate(database, [jobsMigrations, saasMigrations, paymentsMigrations], { clock });
  const facts = createFacts<PaymentsFacts & SaasFacts, Tx>();
  const told: string[] = [];
  facts.on("usage.reconciled", async (_tx, { bill }) => void told.push(`matched ${bill.tier}`));
  facts.on("usage.differs", async (_tx, { bill }) => void told.push(`differs ${bill.tier}`));
  const jobs = createJobs({ database, clock });
  const saas = createSaas({ database, clock, facts, plans });
  const stripe = { secretKey: "sk_test_usage", webhookSecret: "whsec_usage", apiBase: emulator.url };
  const payments = createPayments({ database, clock, jobs, facts, stripe });
  wireBilling(facts, { saas, payments });
  await payments.plans.push(planPrices(saas.plans));
  const sdk = new Stripe(stripe.secretKey, {
    host: "127.0.0.1",
    port: emulator.port,
    protocol: "http",
    telemetry: false,
  });

  /** Our copies, brought up as webhooks would; what has become due of cycles and jobs. */
  async function work() {
    await payments.webhooks.backfill(new Date(clock.now().getTime() - 40 * dayMs));
    await jobs.runDue();
    await saas.cycles.closeDue();
    await jobs.runDue();
  }
  return {
    ...{ saas, payments, sdk, told, clock, work, at },
    use: (feature: "call" | "token" | "site", quantity: number) =>
      saas.quotas.consume({ subjectId, feature, quantity }),
    async periodEnd() {
      const subscription = await payments.subscriptions.get(subjectId);
      if (!subscription) throw new Error("There is a subscription.");
      return subscription.currentPeriodEnd.getTime();
    },
    async advance(to: number) {
      await clock.advance(new Date(to));
      await work();
    },
    bills: async () => {
      const { data } = await payments.usage.list({ limit: 100 });
      const bills = await Promise.all(data.toReversed().map(({ cycleId }) => payments.usage.get(cycleId)));
      return bills.filter(({ tier: of }) => of !== "free");
    },
  };
}

forEachDatabase("billing for usage, from event to invoice", (open) => {
  test("three months with an upgrade in the middle: every line of every statement is charged to the cent", async () => {
    const business = await openBusiness(open);
    const { saas, payments, sdk, use, told, advance, periodEnd, work, clock } = business;
    await payments.subscriptions.change({ subjectId, tier: "pro" });
    await work();
    await use("call", 1_403);
    await use("token", 250.6);
    const first = await periodEnd();
    // Stripe renews and opens a draft; a minute later our cycle is closed and told.
    await advance(first + 2 * minuteMs);
    await advance(first + 70 * minuteMs);
    const [january] = await business.bills();
    expect(
      january?.lines.map(({ id, channel, quantity, amount, difference }) => [
        id,
        channel,
        quantity,
        amount.amount,
        difference,
      ]),
    ).toEqual([
      ["base", "subscription", null, 2_900, 0],
      // 403 × 0.25 = 100.75
      ["usage:call", "meter", "403", 101, 0],
      // 100 × 1.5 + 40 + 150.6 × 0.125 = 208.825
      ["usage:token", "meter", "250.6", 209, 0],
    ]);
    expect(told).toEqual(["matched pro"]);

    // Less than the minimum is used; the rest of it is charged. Then an upgrade cuts the next cycle.
    const second = await periodEnd();
    await advance(second + 2 * minuteMs);
    await advance(second + 70 * minuteMs);
    await use("call", 1_100);
    await use("site", 5);
    await advance(second + 10 * dayMs);
    await payments.subscriptions.change({ subjectId, tier: "team" });
    await advance(second + 10 * dayMs + 2 * minuteMs);
    await use("call", 1_700);
    const third = await periodEnd();
    await advance(third + 2 * minuteMs);
    await advance(third + 70 * minuteMs);
    await advance((await periodEnd()) + 2 * minuteMs);
    await advance(clock.now().getTime() + 70 * minuteMs);

    const bills = await business.bills();
    expect(bills.flatMap(({ lines }) => lines).filter(({ difference }) => difference !== 0)).toEqual([]);
    expect(bills.map(({ tier: of, state }) => `${state} ${of}`)).toEqual([
      "matched pro",
      "matched pro",
      "matched pro",
      "matched team",
      "matched team",
    ]);
    expect(told.toSorted()).toEqual(bills.map(({ state, tier: of }) => `${state} ${of}`).toSorted());
    const channels = bills.map(({ lines }) => lines.map(({ id, channel }) => `${id} ${channel}`));
    expect(channels[1]).toEqual(["base subscription", "minimum item"]);
    expect(channels[2]).toContain("usage:call item");
    expect(channels[3]).toContain("usage:call meter");
    // What is held through the upgrade costs a part of its price in each tier, and later the whole of it.
    const sites = bills.flatMap(({ lines }) => lines.filter(({ feature }) => feature === "site"));
    const share = (10 * dayMs) / (third - second);
    expect(sites.map(({ channel, quantity, amount }) => [channel, quantity, amount.amount])).toEqual([
      ["item", null, Math.round(1_333.2 * share)],
      // 401 + 2 × 200 + 3 × 99.9, of which Stripe's price charges 401 for no use.
      ["item", null, Math.round(1_100.7 * (1 - share))],
      ["meter", "5", 1_101],
    ]);

    // All that was stated, and the month that is under way, is what Stripe took.
    const stated = (await saas.cycles.list(subjectId, { limit: 100 })).data.reduce(
      (sum, { statement }) => sum + statement.total.amount,
      0,
    );
    const paid = (await sdk.invoices.list({ limit: 100 })).data.reduce((sum, { amount_paid }) => sum + amount_paid, 0);
    expect(paid).toBe(stated + 9_900);
    expect((await payments.ledger.verify({ stripe: true })).differences).toEqual([]);
  }, 60_000);

  test("a new version of the plans: who bought before pays what was bought, and what is new from the month after the move", async () => {
    const before = await openBusiness(open);
    await before.payments.subscriptions.change({ subjectId, tier: "team" });
    await before.payments.subscriptions.change({ subjectId, tier: "pro" });
    await before.work();
    // The downgrade that was planned at the old price comes under the new version.
    const business = await deploy(before.at, plansOf(3_900, "1"));
    const { saas, payments, use, work, advance, periodEnd } = business;
    const month = async (calls: number) => {
      const end = await periodEnd();
      await use("call", calls);
      await advance(end + 2 * minuteMs);
      await advance(end + 70 * minuteMs);
    };
    await month(0);
    const price = async () => (await saas.entitlements.of(subjectId)).plan.price?.amount;
    expect([await price(), (await payments.subscriptions.get(subjectId))?.price.amount]).toEqual([2_900, 2_900]);
    await month(1_010);
    await payments.subscriptions.change({ subjectId, tier: "team" });
    await work();
    await month(0);
    await payments.subscriptions.change({ subjectId, tier: "pro" });
    await work();
    await month(0);
    expect(await price()).toBe(3_900);

    // Dearer once more: the price of the month under way stays, and is a new one with the next.
    const next = await deploy(before.at, plansOf(4_900, "2"));
    await next.saas.entitlements.migrate({ subjectId });
    await next.work();
    expect((await next.saas.entitlements.of(subjectId)).plan.price?.amount).toBe(3_900);
    expect((await payments.subscriptions.get(subjectId))?.pendingTier).toBeNull();
    for (const calls of [1_020, 1_030]) {
      const end = await next.periodEnd();
      await next.use("call", calls);
      await next.advance(end + 2 * minuteMs);
      await next.advance(end + 70 * minuteMs);
    }
    expect((await payments.subscriptions.get(subjectId))?.price.amount).toBe(4_900);
    const bills = await next.bills();
    expect(bills.flatMap(({ lines }) => lines).filter(({ difference }) => difference !== 0)).toEqual([]);
    const ofPro = bills.filter(({ tier: of }) => of === "pro").map(({ lines }) => lines);
    const amounts = ofPro.map((lines) => lines.map(({ id, amount }) => [id, amount.amount]));
    expect(amounts.slice(-2)).toEqual([
      [
        ["base", 3_900],
        ["usage:call", 40],
      ],
      [
        ["base", 4_900],
        ["usage:call", 60],
      ],
    ]);
  }, 60_000);
});
