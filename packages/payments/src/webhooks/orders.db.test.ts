/** Every order of the events of one story ends in the same state, and tells the same facts. */
import { canonicalJson } from "@revops/core";
import { type Random, seededRandom } from "@revops/testing";
import { forEachDatabase, type OpenDatabase } from "@revops/testing/vitest";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { signed } from "../../test/signature-attacks.ts";
import { catalog, openWorld, type World } from "../../test/world.ts";
import { paymentsTables } from "../schema.ts";

const subjectId = "usr_1";
/** Of stories of more than four events this many orders are tried, of shorter ones all. */
const sampled = 12;

/** What happens at Stripe, told to us by its events alone. */
const stories: Record<string, (world: World, subscription: string) => Promise<void>> = {
  async "an upgrade"({ stripe }, id) {
    const [item] = (await stripe.subscriptions.retrieve(id)).items.data;
    const [price] = (await stripe.prices.list({ lookup_keys: ["revops_scale_month"] })).data;
    const items = [{ id: item?.id ?? "", price: price?.id ?? "" }];
    await stripe.subscriptions.update(id, { items, proration_behavior: "always_invoice" });
  },
  async "a downgrade"({ stripe }, id) {
    const { id: schedule, phases } = await stripe.subscriptionSchedules.create({ from_subscription: id });
    const [price] = (await stripe.prices.list({ lookup_keys: ["revops_pro_month"] })).data;
    const [phase] = phases;
    const present = String(phase?.items[0]?.price);
    await stripe.subscriptionSchedules.update(schedule, {
      phases: [
        { items: [{ price: present }], start_date: phase?.start_date ?? 0, end_date: phase?.end_date ?? 0 },
        { items: [{ price: price?.id ?? "" }], duration: { interval: "month", interval_count: 1 } },
      ],
    });
  },
  async "a renewal that is declined"({ stripe, clock, emulator }, id) {
    const { customer, items } = await stripe.subscriptions.retrieve(id);
    const bad = await stripe.paymentMethods.attach("pm_card_chargeCustomerFail", { customer: String(customer) });
    await stripe.customers.update(String(customer), { invoice_settings: { default_payment_method: bad.id } });
    await clock.advance(new Date(((items.data[0]?.current_period_end ?? 0) + 7_200) * 1_000));
    await emulator.settle();
  },
  async "a cancel"({ stripe }, id) {
    await stripe.subscriptions.cancel(id);
  },
};

/** All orders when there are few, else a sample. */
function ordersOf<T>(items: readonly T[], random: Random): T[][] {
  if (items.length <= 4) return permutations(items);
  return Array.from({ length: sampled }, () => {
    const left = [...items];
    return items.map(() => left.splice(random.integer(0, left.length - 1), 1)[0] as T);
  });
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((first, index) => permutations(items.toSpliced(index, 1)).map((rest) => [first, ...rest]));
}

async function told(open: OpenDatabase) {
  const world = await openWorld(open, { hold: true });
  const { payments, held } = world;
  await payments.plans.push(catalog);
  await payments.paymentMethods.attach({ subjectId, paymentMethodId: "pm_card_visa" });
  const { stripeSubscriptionId } = await payments.subscriptions.change({ subjectId, tier: "pro" });
  await payments.subscriptions.change({ subjectId, tier: "team" });
  await world.emulator.settle();
  const deliver = async (body: Buffer) => {
    await payments.webhooks.receive(body, signed(body, Math.floor(world.clock.now().getTime() / 1_000)));
    await world.jobs.runDue();
  };
  for (const { body } of held.splice(0)) await deliver(body);
  return { ...world, deliver, stripeSubscriptionId };
}

/** Everything that payments keeps, to begin again from. */
function snapshots({ database }: World) {
  const tables = Object.values(paymentsTables(database.dialect));
  type Rows = Record<string, unknown>[];
  return {
    take: () => Promise.all(tables.map((table) => database.db.select().from(table) as Promise<Rows>)),
    async restore(taken: Rows[]): Promise<void> {
      await database.rows(sql`delete from jobs_jobs`);
      for (const [index, table] of tables.entries()) {
        await database.db.delete(table);
        const rows = taken[index] ?? [];
        // The rows are the table's own, as they were read.
        if (rows.length > 0) await database.db.insert(table).values(rows as never);
      }
    },
  };
}

forEachDatabase("the order of events", (open) => {
  test.each(Object.entries(stories))("of %s does not matter", { timeout: 120_000 }, async (name, happens) => {
    const random = seededRandom(`the order of events: ${name}`);
    const world = await told(open);
    const { payments, held, stripeSubscriptionId } = world;
    const { take, restore } = snapshots(world);
    const before = await take();
    held.length = 0;
    await happens(world, stripeSubscriptionId);
    await world.emulator.settle();
    const events = held.map(({ body }) => body);
    expect(events.length).toBeGreaterThan(0);

    const seen = new Set<string>();
    const orders = ordersOf(events, random);
    for (const order of orders) {
      await restore(before);
      world.told.length = 0;
      for (const body of order) await world.deliver(body);
      const subscription = await payments.subscriptions.get(subjectId);
      const invoices = (await payments.invoices.list(subjectId, { limit: 50 })).data
        .map(({ id: _, ...invoice }) => canonicalJson(invoice))
        .toSorted();
      const { data: methods } = await payments.paymentMethods.list(subjectId, { limit: 50 });
      const balance = await payments.ledger.balance({ account: "stripe:balance", currency: "usd" });
      const dunning = (await payments.dunning.list(subjectId)).map(({ status, attempts }) => ({ status, attempts }));
      const { dead, received } = await payments.webhooks.counts();
      const facts = world.names().toSorted();
      const cards = methods.map(({ id, isDefault }) => `${id} ${isDefault}`).toSorted();
      seen.add(canonicalJson({ subscription, invoices, cards, balance, dunning, dead, received, facts }));
    }
    console.info(`${name}: ${events.length} events, ${orders.length} orders, ${seen.size} final state`);
    expect([...seen]).toHaveLength(1);
    const [only = ""] = seen;
    expect(JSON.parse(only)).toMatchObject({ dead: 0, received: 0 });
    expect((await payments.drift()).drifts).toEqual([]);
  });
});
