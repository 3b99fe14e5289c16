/**
 * Events repeated and shuffled to processes that are killed without warning. The short form; the long one, of 10,000 events and
 * 50 kills, is `npm run soak:webhooks`.
 */

import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { money } from "@revops/core";
import { migrate, openDatabase } from "@revops/database";
import { createJobs, jobsMigrations } from "@revops/jobs";
import { startStripeEmulator } from "@revops/stripe-emulator";
import { seededRandom } from "@revops/testing";
import { forEachDatabase } from "@revops/testing/vitest";
import { sql } from "drizzle-orm";
import Stripe from "stripe";
import { expect, onTestFinished, test } from "vitest";
import { poisonMark, secretKey, subjectId, webhookSecret } from "../../test/names.ts";
import { startVictim, type Victim } from "../../test/processes.ts";
import { signed } from "../../test/signature-attacks.ts";
import { createPayments, paymentsMigrations } from "../index.ts";
import { paymentMark } from "../payments/intent-state.ts";
import { createPaymentStore } from "../payments/store.ts";
import { createWatermarks } from "../watermarks/watermarks.ts";

const events = Number(process.env["SOAK_EVENTS"] ?? 100);
const kills = Number(process.env["SOAK_KILLS"] ?? 3);
/** The queue's pauses: 20 tries, nine hours, are over in ten seconds. */
const speed = 3_600;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // A TCP server's address is an object.
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => void server.close(() => resolve()));
  return port;
}

async function inParallel<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (const item of queue) await work(item);
    }),
  );
}

forEachDatabase("webhooks under fire", (open, dialect) => {
  test(`${events} events, each 1 to 5 times, shuffled, ${kills} × kill -9, 1 % poison: each has its effect once`, {
    timeout: 1_800_000,
  }, async () => {
    const random = seededRandom("webhooks under fire");
    const { url } = await open();
    const emulator = await startStripeEmulator();
    onTestFinished(() => emulator.close());
    const database = openDatabase({ url });
    onTestFinished(() => database.close());
    await migrate(database, [jobsMigrations, paymentsMigrations]);
    await database.rows(sql`create table test_effects (reference text primary key, times integer not null)`);
    const stripe = new Stripe(secretKey, {
      host: "127.0.0.1",
      port: emulator.port,
      protocol: "http",
      telemetry: false,
    });
    const jobs = createJobs({ database });
    // What is delivered here is all there is: nothing is fetched from Stripe's own list.
    await createWatermarks(database).raise("events", new Date(Date.now() + 86_400_000));
    const keys = { secretKey, apiBase: emulator.url, webhookSecret };
    const { webhooks, customers } = createPayments({ database, jobs, stripe: keys });

    // Payments that Stripe has taken and nobody has heard of.
    const { stripeCustomerId: customer } = await customers.ensure({ subjectId });
    const poison = new Set<string>();
    for (let n = 0; poison.size < Math.max(1, events / 100); n += 97) poison.add(`pay_${n % events}`);
    const store = createPaymentStore(database);
    const bodies: Buffer[] = [];
    await inParallel(
      Array.from({ length: events }, (_, n) => n),
      16,
      async (n) => {
        const id = `pay_${n}`;
        const reference = `${poison.has(id) ? poisonMark : "order-"}${n}`;
        const payment = {
          id,
          reference,
          subjectId,
          amount: money(500, "usd"),
          description: "x",
          createdAt: new Date(),
        };
        await database.transaction((tx) => store.insert(tx, payment));
        const intent = await stripe.paymentIntents.create({
          amount: 500,
          currency: "usd",
          customer,
          payment_method: "pm_card_visa",
          confirm: true,
          automatic_payment_methods: { enabled: true, allow_redirects: "never" },
          metadata: { [paymentMark]: id },
        });
        const data = { object: { id: intent.id, object: "payment_intent" } };
        const created = Math.floor(Date.now() / 1_000);
        const event = { id: `evt_${n}`, object: "event", type: "payment_intent.succeeded", created, data };
        bodies.push(Buffer.from(JSON.stringify(event)));
      },
    );

    const deliveries = bodies.flatMap((body) => Array.from({ length: random.integer(1, 5) }, () => body));
    for (let last = deliveries.length - 1; last > 0; last--) {
      const other = random.integer(0, last);
      [deliveries[last], deliveries[other]] = [deliveries[other] as Buffer, deliveries[last] as Buffer];
    }
    // SQLite has one process, PostgreSQL two.
    const ports = [await freePort(), ...(dialect === "postgres" ? [await freePort()] : [])];
    const victims: Victim[] = await Promise.all(
      ports.map((port) => startVictim("webhook-server.ts", [url, emulator.url, String(port), String(speed)])),
    );
    onTestFinished(async () => void (await Promise.all(victims.map((victim) => victim.end()))));

    let delivered = 0;
    let killed = 0;
    const deliver = async (body: Buffer): Promise<void> => {
      for (let tries = 0; ; tries++) {
        const port = ports[(delivered + tries) % ports.length];
        const headers = { "stripe-signature": signed(body, Math.floor(Date.now() / 1_000)) };
        const answer = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", headers, body: new Uint8Array(body) })
          .then(async (response) => {
            await response.arrayBuffer();
            return response.status;
          })
          .catch(() => 0);
        if (answer === 200) break;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      delivered++;
    };
    const killer = (async () => {
      while (killed < kills) {
        // Spread over the deliveries, and after them over the processing.
        const due = Math.min(deliveries.length, ((killed + 1) / (kills + 1)) * deliveries.length);
        if (delivered < due) {
          await new Promise((resolve) => setTimeout(resolve, 20));
          continue;
        }
        await victims[random.integer(0, victims.length - 1)]?.kill();
        killed++;
      }
    })();
    await inParallel(deliveries, 16, deliver);
    await killer;

    const started = Date.now();
    for (;;) {
      const { received, dead, processed } = await webhooks.counts();
      if (received === 0 && dead === poison.size && processed === events - poison.size) break;
      if (Date.now() - started > 900_000) throw new Error(`Still ${received} to process, ${dead} dead.`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const effects = await database.rows<{ reference: string; times: number }>(
      sql`select reference, times from test_effects`,
    );
    expect(effects.filter(({ times }) => Number(times) !== 1)).toEqual([]);
    expect(effects).toHaveLength(events - poison.size);
    expect(effects.filter(({ reference }) => reference.startsWith(poisonMark))).toEqual([]);
    const letters: string[] = [];
    for (let after: string | undefined; ; ) {
      const page = await webhooks.dead.list({ limit: 100, after });
      letters.push(...page.data.map(({ id }) => id));
      if (page.next === null) break;
      after = page.next;
    }
    expect(letters.toSorted()).toEqual([...poison].map((id) => id.replace("pay_", "evt_")).toSorted());
    console.info(
      `${dialect}: ${events} events in ${deliveries.length} deliveries, ${killed} kills, ${effects.length} effects, ${letters.length} dead`,
    );
  });
});
