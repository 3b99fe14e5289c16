import { dayMs, money } from "@revops/core";
import { forEachDatabase, type OpenDatabase } from "@revops/testing/vitest";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { startProxy } from "../../test/proxy.ts";
import { openWorld } from "../../test/world.ts";
import { meterEventName } from "./names.ts";
import type { AddOnPrice, PlanPrice, UsageCharge } from "./plan.ts";
import { createPlanStore } from "./store.ts";

const charges = {
  call: { model: "per_unit", unitAmount: "0.25" },
  token: {
    model: "graduated",
    tiers: [
      { upTo: "10", unitAmount: "3.5", flatAmount: 100 },
      { upTo: null, unitAmount: "1.75", flatAmount: 0 },
    ],
  },
  image: {
    model: "volume",
    tiers: [
      { upTo: "50", unitAmount: "10", flatAmount: 0 },
      { upTo: null, unitAmount: "7", flatAmount: 0 },
    ],
  },
  mail: { model: "package", size: "1000", amount: 80, rounding: "up" },
} satisfies Record<string, UsageCharge>;

const usageOf = (of: Record<string, UsageCharge>) =>
  Object.entries(of).map(([feature, charge]) => ({ feature, name: `The ${feature}`, charge }));

const pro: PlanPrice = {
  tier: "pro",
  name: "Pro",
  price: money(2_900, "usd"),
  interval: "month",
  level: 10,
  usage: usageOf(charges),
};
const team: PlanPrice = {
  tier: "team",
  name: "Team",
  price: money(9_900, "usd"),
  interval: "month",
  level: 20,
  usage: usageOf({ call: { model: "per_unit", unitAmount: "0.1" } }),
};
const free: PlanPrice = {
  ...{ tier: "free", name: "Free", price: money(0, "usd"), interval: "month", level: 0 },
  usage: pro.usage,
};
const seats: AddOnPrice = { addOn: "seats", name: "5 seats", price: money(500, "usd"), interval: "month" };
const subjectId = "usr_1";
const paymentMethodId = "pm_card_visa";

async function opened(open: OpenDatabase) {
  const world = await openWorld(open);
  const store = createPlanStore(world.database);
  return {
    ...world,
    plans: world.payments.plans,
    prices: (tier: string) => store.usagePrices(world.database, tier, "month"),
    /** How many calls that change something at Stripe were made. */
    async callsMade() {
      const [row] = await world.database.rows<{ n: number | string }>(
        sql`select count(*) as n from payments_stripe_calls`,
      );
      return Number(row?.n);
    },
    async standing(lookupKey: string) {
      const found = await world.stripe.prices.list({ lookup_keys: [lookupKey], expand: ["data.tiers"] });
      const [price] = found.data;
      if (!price || found.data.length > 1) throw new Error(`${found.data.length} prices are called ${lookupKey}.`);
      return price;
    },
  };
}

forEachDatabase("the catalogue at Stripe", (open) => {
  test("has a product for each tier, metered feature and add-on, a meter for each feature, and a price for each charge", async () => {
    const { plans, stripe, standing, prices } = await opened(open);
    await plans.push([free, pro, team], [seats]);
    const products = (await stripe.products.list({ limit: 100 })).data.map(({ id, name }) => [id, name]);
    expect(Object.fromEntries(products)).toEqual({
      revops_pro: "Pro",
      revops_team: "Team",
      "revops-usage-call": "The call",
      "revops-usage-token": "The token",
      "revops-usage-image": "The image",
      "revops-usage-mail": "The mail",
      "revops-addon-seats": "5 seats",
    });
    const meters = (await stripe.billing.meters.list()).data;
    expect(meters.map(({ event_name: name }) => name).sort()).toEqual(
      ["call", "image", "mail", "token"].map((feature) => `revops_${feature}`),
    );
    const meterOf = (feature: string) => meters.find(({ event_name: name }) => name === `revops_${feature}`)?.id;
    const recurring = { interval: "month", usage_type: "metered", meter: meterOf("call") };
    expect(await standing("revops-usage-pro-month-call")).toMatchObject({
      recurring,
      product: "revops-usage-call",
      metadata: { revops_usage: "call", revops_usage_tier: "pro" },
    });
    expect(String((await standing("revops-usage-pro-month-call")).unit_amount_decimal)).toBe("0.25");
    expect(String((await standing("revops-usage-team-month-call")).unit_amount_decimal)).toBe("0.1");
    expect(await standing("revops-usage-pro-month-token")).toMatchObject({
      tiers_mode: "graduated",
      tiers: [{ up_to: 10, flat_amount: 100 }, { up_to: null }],
    });
    expect(await standing("revops-usage-pro-month-mail")).toMatchObject({
      unit_amount: 80,
      transform_quantity: { divide_by: 1_000, round: "up" },
    });
    expect(await standing("revops-addon-seats-month")).toMatchObject({
      unit_amount: 500,
      recurring: { usage_type: "licensed" },
    });
    expect((await prices("pro")).map(({ feature }) => [feature, meterEventName(feature)])).toEqual(
      ["call", "image", "mail", "token"].map((feature) => [feature, `revops_${feature}`]),
    );
    expect(await prices("free")).toEqual([]);
  });

  test("is pushed once: neither a second start nor eight at once make anything new", async () => {
    const { plans, stripe, callsMade, again } = await opened(open);
    const all = [plans, ...Array.from({ length: 7 }, () => again().payments.plans)];
    await Promise.all(all.map((one) => one.push([pro, team], [seats])));
    const active = (await stripe.prices.list({ active: true, limit: 100 })).data;
    expect(active.map(({ lookup_key: key }) => key).sort()).toEqual([
      "revops-addon-seats-month",
      "revops-usage-pro-month-call",
      "revops-usage-pro-month-image",
      "revops-usage-pro-month-mail",
      "revops-usage-pro-month-token",
      "revops-usage-team-month-call",
      "revops_pro_month",
      "revops_team_month",
    ]);
    const before = await callsMade();
    await plans.push([pro, team], [seats]);
    await again().payments.plans.push([pro, team], [seats]);
    expect(await callsMade()).toBe(before);
  });

  test.for(["/v1/billing/meters", "/v1/prices"])(
    "says so by its own error when Stripe does not list %s",
    async (path) => {
      const { plans, emulator } = await opened(open);
      emulator.faults.add({ type: "error-before", method: "GET", path, times: null });
      await expect(plans.push([pro])).rejects.toMatchObject({ code: "stripe_unavailable" });
    },
  );

  test("what tiers share is read once for a push, however many there are", async () => {
    const proxy = await startProxy();
    const { payments } = await openWorld(open, { proxy });
    const tiers = ["pro", "team", "more", "most"].map((tier, level) => ({ ...pro, tier, name: tier, level }));
    await payments.plans.push(tiers, [seats]);
    proxy.requests.length = 0;
    proxy.reads.length = 0;
    await payments.plans.push(tiers, [seats]);
    expect(proxy.requests).toEqual([]);
    const count = (text: string) => proxy.reads.filter((path) => path.includes(text)).length;
    const products = tiers.length + Object.keys(charges).length + 1;
    expect(count("/v1/billing/meters")).toBe(1);
    expect(count("/v1/products/")).toBe(products);
    expect(count("/v1/prices?product=")).toBe(products);
    // Each price is looked for by its key.
    expect(count("lookup_keys")).toBe(tiers.length * (1 + Object.keys(charges).length) + 1);
  });

  test("prices what is charged as a statement does", async () => {
    const { plans, stripe, emulator, payments, prices, clock } = await opened(open);
    await plans.push([pro]);
    const { stripeCustomerId: customer } = await payments.customers.ensure({ subjectId });
    const { id: card } = await stripe.paymentMethods.attach(paymentMethodId, { customer });
    const metered = await prices("pro");
    await stripe.subscriptions.create({
      customer,
      default_payment_method: card,
      items: metered.map(({ stripePriceId: price }) => ({ price })),
    });
    const charged = { call: "1", token: "120.5", image: "51", mail: "1001" };
    for (const { feature } of metered) {
      await stripe.billing.meterEvents.create({
        event_name: meterEventName(feature),
        payload: { stripe_customer_id: customer, value: charged[feature as keyof typeof charged] },
        timestamp: Math.floor(clock.now().getTime() / 1_000),
      });
    }
    await emulator.clock.advance(33 * dayMs);
    const [invoice] = (await stripe.invoices.list({ customer, limit: 1 })).data;
    const lines = (invoice?.lines.data ?? []).map(({ pricing, amount }) => {
      const price = metered.find(({ stripePriceId }) => stripePriceId === pricing?.price_details?.price);
      return [price?.feature, amount];
    });
    const sums = new Map<string | undefined, number>();
    for (const [feature, amount] of lines) {
      const name = feature as string | undefined;
      sums.set(name, (sums.get(name) ?? 0) + Number(amount));
    }
    // 1 × 0.25; 100 + 10 × 3.5 + 110.5 × 1.75 = 328.375; 51 × 7; two packages.
    expect(Object.fromEntries(sums)).toEqual({ call: 0, token: 328, image: 357, mail: 160 });
  });

  test("a price that changes is a new one; the old one is archived once nobody is on it", async () => {
    const { plans, stripe, standing, payments } = await opened(open);
    await plans.push([pro, team], [seats]);
    const bought = await standing("revops_pro_month");
    const boughtCall = await standing("revops-usage-pro-month-call");
    const nobodys = await standing("revops-usage-team-month-call");
    await payments.subscriptions.change({ subjectId, tier: "pro", paymentMethodId });
    const dearer = (plan: PlanPrice): PlanPrice => ({
      ...plan,
      price: money((plan.price?.amount ?? 0) + 1_000, "usd"),
      usage: usageOf({ call: { model: "per_unit", unitAmount: "0.5" } }),
    });
    const catalog = [dearer(pro), dearer(team)];
    await plans.push(catalog, [{ ...seats, price: money(700, "usd") }]);
    const isActive = async (id: string) => (await stripe.prices.retrieve(id)).active;
    expect((await standing("revops_pro_month")).unit_amount).toBe(3_900);
    expect((await standing("revops-addon-seats-month")).unit_amount).toBe(700);
    // Nobody was on Team; of Pro, whoever bought it keeps it, in full.
    expect(await isActive(nobodys.id)).toBe(false);
    expect([await isActive(bought.id), await isActive(boughtCall.id)]).toEqual([true, true]);
    expect(await payments.subscriptions.get(subjectId)).toMatchObject({ price: money(2_900, "usd") });
    // An old price is no obstacle to a later change.
    await payments.subscriptions.change({ subjectId, tier: "team" });
    await plans.push(catalog, [{ ...seats, price: money(700, "usd") }]);
    expect([await isActive(bought.id), await isActive(boughtCall.id)]).toEqual([false, false]);
    const active = (await stripe.prices.list({ active: true, limit: 100 })).data;
    expect(active.every(({ lookup_key: key }) => key !== null)).toBe(true);
  });

  test("use that is charged no more has no price for newcomers", async () => {
    const { plans, prices, standing, stripe } = await opened(open);
    await plans.push([pro]);
    const call = await standing("revops-usage-pro-month-call");
    await plans.push([{ ...pro, usage: usageOf({ mail: charges.mail }) }]);
    expect((await prices("pro")).map(({ feature }) => feature)).toEqual(["mail"]);
    expect(await stripe.prices.retrieve(call.id)).toMatchObject({ active: true });
    await plans.push([pro]);
    expect((await prices("pro")).map(({ feature }) => feature)).toEqual(["call", "image", "mail", "token"]);
  });

  test("what Stripe has no price for is left out, and a bad name is refused before anything is made", async () => {
    const { plans, prices, stripe } = await opened(open);
    const odd = usageOf({
      half: { model: "package", size: "0.5", amount: 10, rounding: "up" },
      fine: { model: "per_unit", unitAmount: "0.0000000000001" },
      step: {
        model: "graduated",
        tiers: [
          { upTo: "1.5", unitAmount: "1", flatAmount: 0 },
          { upTo: null, unitAmount: "1", flatAmount: 0 },
        ],
      },
      call: charges.call,
    });
    await plans.push([{ ...pro, usage: odd }]);
    expect((await prices("pro")).map(({ feature }) => feature)).toEqual(["call"]);
    const bad = [
      { ...pro, tier: "New" },
      { ...team, usage: usageOf({ "a b": charges.call }) },
    ];
    for (const plan of bad) await expect(plans.push([team, plan])).rejects.toMatchObject({ code: "unknown_plan" });
    expect((await stripe.products.list()).data.some(({ id }) => id === "revops_team")).toBe(false);
  });
});
