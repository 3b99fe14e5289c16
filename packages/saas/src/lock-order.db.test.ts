/**
 * The order in which transactions take their locks on PostgreSQL: balances by their keys, then what the features of a subject
 * share, by subject; events by their keys. Each is shown by itself: who waits for the first one holds none of those after it,
 * so nobody can wait for it in a circle.
 */
import { setTimeout as delay } from "node:timers/promises";
import { type Database, migrate, openDatabase } from "@revops/database";
import { createTestDatabase, testClock } from "@revops/testing";
import { sql } from "drizzle-orm";
import { beforeAll, expect, inject, onTestFinished, test } from "vitest";
import { createSaas, definePlans, saasMigrations } from "./index.ts";
import { counterKey, createEventKeys } from "./metering/keys.ts";

const overage = { limit: "soft", charge: { model: "per_unit", unitAmount: 1 } } as const;
const base = { level: 0, price: { amount: 0, currency: "usd" }, interval: "month", flags: {}, values: {} } as const;
const plans = definePlans({
  features: {
    ...{ a: { kind: "metered", outage: "allow" }, b: { kind: "metered", outage: "allow" } },
    // Without a limit: counted by the statement that reads nothing before.
    ...{ c: { kind: "metered" }, d: { kind: "metered" } },
  },
  tiers: {
    free: { ...base, name: "Free", limits: { a: 10, b: 10, c: null, d: null }, rules: { a: overage, b: overage } },
    pro: {
      ...base,
      level: 1,
      name: "Pro",
      limits: { a: 20, b: 20, c: null, d: null },
      rules: { a: overage, b: overage },
    },
  },
});
const features = ["a", "b"] as const;
const unlimited = ["c", "d"] as const;
const subjects = ["usr_1", "usr_2"] as const;
const now = new Date("2026-01-31T12:00:00Z");
let url = "";

beforeAll(async () => {
  const made = await createTestDatabase({ dialect: "postgres", adminUrl: inject("revopsPostgresUrl") });
  url = made.url;
  const database = openDatabase({ url });
  await migrate(database, [saasMigrations]);
  await database.close();
  return made.remove;
});

/** Fresh subjects, an instance whose connections can be told from ours, and one to look at the locks with. */
async function opened() {
  const name = `op-${Math.random().toString(36).slice(2)}`;
  const own = new URL(url);
  own.searchParams.set("application_name", name);
  const [database, holder, watcher] = [openDatabase({ url: own.href }), openDatabase({ url }), openDatabase({ url })];
  onTestFinished(async () => {
    for (const one of [database, holder, watcher]) await one.close();
  });
  const line = { isCut: false };
  const cuttable: Database = {
    ...database,
    transaction: async (work, tx) => {
      if (line.isCut) throw Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
      return database.transaction(work, tx);
    },
  };
  const clock = testClock(now);
  const saas = createSaas({ database: cuttable, clock, plans });
  const ids = subjects.map((subject) => `${name}-${subject}`);
  for (const subjectId of ids) {
    await saas.entitlements.open({ subjectId });
    // Each has balances, and a row of what its features share.
    for (const feature of features) await saas.quotas.consume({ subjectId, feature, quantity: 11 });
    for (const feature of unlimited) await saas.quotas.consume({ subjectId, feature });
  }
  return { saas, database, clock, holder, watcher, ids, line, name };
}
type Opened = Awaited<ReturnType<typeof opened>>;

type Held = ReturnType<typeof sql>;
const balance = (key: Buffer): Held => sql`select 1 from saas_counters where key = ${key} for update skip locked`;
const shared = (id: string): Held =>
  sql`select 1 from saas_quota_subjects where subject_id = ${id} for update skip locked`;

/** Lets an operation run into what a transaction holds, looks, and takes that back: then the operation goes on. */
async function untilItWaits(
  { holder, watcher, name }: Opened,
  hold: Held,
  operation: () => Promise<unknown>,
  look: () => Promise<void>,
): Promise<void> {
  let running: Promise<unknown> = Promise.resolve();
  const holding = holder.transaction(async (tx) => {
    await tx.rows(hold);
    running = operation();
    // Its failure is told below.
    running.catch(() => undefined);
    const waiting = sql`
      select 1 from pg_stat_activity where application_name = ${name} and wait_event_type = 'Lock'`;
    for (let tries = 0; (await watcher.rows(waiting)).length === 0; tries++) {
      if (tries === 400) throw new Error("It does not wait for what is held.");
      await delay(25);
    }
    await look();
    throw undone;
  });
  await expect(holding).rejects.toBe(undone);
  await running;
}

const undone = new Error("It was only looked at.");

/** What of everything else it holds while it waits. */
async function waitsFor(
  world: Opened,
  hold: Held,
  operation: () => Promise<unknown>,
  { free, held }: { readonly free?: Held; readonly held?: Held },
): Promise<void> {
  await untilItWaits(world, hold, operation, async () => {
    if (free) expect(await world.watcher.rows(free)).toHaveLength(1);
    if (held) expect(await world.watcher.rows(held)).toHaveLength(0);
  });
}

type Feature = (typeof features)[number] | (typeof unlimited)[number];
interface Asked {
  readonly subjectId: string;
  readonly feature: Feature;
}

interface Way {
  readonly of: readonly [Feature, Feature];
  run(world: Opened, of: readonly Asked[]): Promise<unknown>;
}

/** Several balances in one transaction. */
const ways: Readonly<Record<string, Way>> = {
  "a batch that is counted unread": {
    of: unlimited,
    run: ({ saas }, of) => Promise.all(of.map((one) => saas.quotas.consume(one))),
  },
  "a batch beyond a limit": {
    of: features,
    run: ({ saas }, of) => Promise.all(of.map((one) => saas.quotas.consume({ ...one, quantity: 3 }))),
  },
  reservations: {
    of: features,
    run: ({ saas }, of) =>
      Promise.all(of.map((one) => saas.quotas.reserve({ ...one, id: `job-${one.feature}`, quantity: 3 }))),
  },
  "what was admitted during an outage": {
    of: features,
    async run({ saas, line }, of) {
      line.isCut = true;
      for (const one of of) await saas.quotas.consume(one);
      line.isCut = false;
      await saas.quotas.catchUp();
    },
  },
};
const inBothOrders = Object.keys(ways).flatMap((what) => [
  [what, "as they come"] as const,
  [what, "turned round"] as const,
]);
const wayOf = (what: string): Way => {
  const way = ways[what];
  if (!way) throw new Error(`There is no ${what}.`);
  return way;
};

test.each(inBothOrders)("%s, %s: balances by their keys", async (what, order) => {
  const world = await opened();
  const [subjectId = ""] = world.ids;
  const { of, run } = wayOf(what);
  const all = of.map((feature) => ({ subjectId, feature }));
  const asked = order === "turned round" ? all.toReversed() : all;
  const keys = of.map((feature) => counterKey(subjectId, feature, now));
  const [first, second] = keys.sort((one, other) => one.compare(other));
  if (!first || !second) throw new Error("There are two.");
  await waitsFor(world, balance(first), () => run(world, asked), { free: balance(second) });
  await waitsFor(world, balance(second), () => run(world, asked), { held: balance(first) });
  expect(await world.saas.ledger.verify()).toEqual([]);
});

test.each(inBothOrders.filter(([what]) => !what.endsWith("unread")))(
  "%s, %s: what features share, by subject, after the balances",
  async (what, order) => {
    const world = await opened();
    const [first = "", second = ""] = world.ids;
    const { run } = wayOf(what);
    const all = world.ids.map((subjectId) => ({ subjectId, feature: "a" as const }));
    const asked = order === "turned round" ? all.toReversed() : all;
    const [one, other] = world.ids.map((subjectId) => counterKey(subjectId, "a", now));
    if (!one || !other) throw new Error("There are two.");
    // Nothing that is shared is held while a balance is waited for.
    const last = one.compare(other) < 0 ? other : one;
    for (const id of world.ids) await waitsFor(world, balance(last), () => run(world, asked), { free: shared(id) });
    await waitsFor(world, shared(first), () => run(world, asked), { free: shared(second), held: balance(one) });
    await waitsFor(world, shared(second), () => run(world, asked), { held: shared(first) });
  },
);

type Recording = (world: Opened, subjectId: string, ids: readonly string[]) => Promise<unknown>;
const batches: Readonly<Record<string, Recording>> = {
  "that is counted unread": ({ saas }, subjectId, ids) =>
    Promise.all(ids.map((id) => saas.meters.record({ subjectId, id, feature: "c" }))),
  "that is read before": ({ saas, database }, subjectId, ids) =>
    database.transaction((tx) =>
      saas.meters.recordMany(
        subjectId,
        ids.map((id) => ({ id, feature: "c" })),
        tx,
      ),
    ),
  "beyond a limit": ({ saas }, subjectId, ids) =>
    Promise.all(ids.map((id) => saas.meters.record({ subjectId, id, feature: "a" }))),
};
test.each(Object.entries(batches))("events of a batch %s: by their keys", async (_what, record) => {
  const world = await opened();
  const { saas, ids, watcher } = world;
  const [subjectId = ""] = ids;
  const keys = createEventKeys();
  const insert = (key: Buffer) => sql`
    insert into saas_events (key, counter_key, entry, quantity) values (${key}, ${Buffer.alloc(16)}, 1, 1) returning 1`;
  for (const turned of [false, true]) {
    const events = ["one", "two"].map((id) => ({ id, key: keys.of(subjectId, `${turned}-${id}`) }));
    const [first, second] = events.toSorted((a, b) => a.key.compare(b.key));
    if (!first || !second) throw new Error("There are two.");
    const batch = (turned ? events.toReversed() : events).map(({ id }) => `${turned}-${id}`);
    await untilItWaits(
      world,
      insert(first.key),
      () => record(world, subjectId, batch),
      async () => {
        const look = watcher.transaction(async (tx) => {
          await tx.rows(sql`set local lock_timeout = '1s'`);
          expect(await tx.rows(insert(second.key))).toHaveLength(1);
          throw undone;
        });
        await expect(look).rejects.toBe(undone);
      },
    );
  }
  expect(await saas.ledger.verify()).toEqual([]);
});

test("corrections, credits and caps: what is shared after the balance, or alone", async () => {
  const world = await opened();
  const { saas, ids } = world;
  const [subjectId = ""] = ids;
  await saas.meters.record({ subjectId, id: "mended", feature: "a", quantity: 3 });
  const key = counterKey(subjectId, "a", now);
  const mend = (quantity: number) => () => saas.meters.replace({ subjectId, id: "mended", quantity });
  await waitsFor(world, balance(key), mend(4), { free: shared(subjectId) });
  await waitsFor(world, shared(subjectId), mend(5), { held: balance(key) });
  const grant = () => saas.credits.grant({ subjectId, id: "gift", feature: "a", amount: 1 });
  await waitsFor(world, balance(key), grant, { free: shared(subjectId) });
  const late = () => saas.credits.grant({ subjectId, id: "another", feature: "a", amount: 1 });
  await waitsFor(world, shared(subjectId), late, { held: balance(key) });
  const cap = () => saas.quotas.setSpendCap({ subjectId, amount: 1_000 });
  await waitsFor(world, shared(subjectId), cap, { free: balance(key) });
});

test("a balance with a reservation that lapsed, of a period before: not waited for", async () => {
  const { saas, clock, holder, watcher, ids } = await opened();
  const [subjectId = ""] = ids;
  await saas.quotas.reserve({ subjectId, id: "job", feature: "a", quantity: 2, expiresInSeconds: 60 });
  clock.set(new Date(now.getTime() + 40 * 86_400_000));
  const use = () => saas.quotas.consume({ subjectId, feature: "a", quantity: 11 });
  const held = sql`select 1 from saas_reservations where subject_id = ${subjectId} and state = 'held'`;
  const holding = holder.transaction(async (tx) => {
    await tx.rows(balance(counterKey(subjectId, "a", now)));
    await use();
    throw undone;
  });
  await expect(holding).rejects.toBe(undone);
  expect(await watcher.rows(held)).toHaveLength(1);
  await use();
  expect(await watcher.rows(held)).toHaveLength(0);
  expect(await saas.ledger.verify()).toEqual([]);
});

test("balances that are new, of a batch and of an upgrade: opened by their keys", async () => {
  const world = await opened();
  const { saas, clock, ids, watcher } = world;
  const insert = (key: Buffer, subjectId: string, feature: string, start: Date) => sql`
    insert into saas_counters (key, subject_id, feature, period_start, used, entries)
    values (${key}, ${subjectId}, ${feature}, ${start}, 0, 0) returning 1`;
  const cases = ids.flatMap((subjectId) => [
    { subjectId, ms: 1_000, run: () => saas.entitlements.assign({ subjectId, tier: "pro", status: "active" }) },
    {
      subjectId,
      ms: 40 * 86_400_000,
      run: () => Promise.all(features.map((feature) => saas.quotas.consume({ subjectId, feature }))),
    },
  ]);
  for (const { subjectId, ms, run } of cases) {
    clock.set(new Date(now.getTime() + ms));
    // Those of an upgrade are all that are metered; of a batch, those that it asks for.
    const upgraded = ms === 1_000;
    const start = upgraded ? clock.now() : new Date(now.getTime() + 1_000 + 30 * 86_400_000);
    const of = (upgraded ? [...features, ...unlimited] : features).map((feature) => ({
      feature,
      key: counterKey(subjectId, feature, start),
    }));
    const inOrder = of.toSorted((one, other) => one.key.compare(other.key));
    const [first, last] = [inOrder[0], inOrder.at(-1)];
    if (!first || !last) throw new Error("There are some.");
    await untilItWaits(world, insert(first.key, subjectId, first.feature, start), run, async () => {
      const look = watcher.transaction(async (tx) => {
        await tx.rows(sql`set local lock_timeout = '1s'`);
        expect(await tx.rows(insert(last.key, subjectId, last.feature, start))).toHaveLength(1);
        throw undone;
      });
      await expect(look).rejects.toBe(undone);
    });
  }
  expect(await saas.ledger.verify()).toEqual([]);
});
