/**
 * A server that dies between any two steps of a request: the repeat under the same `Idempotency-Key` is answered with what
 * the first try did, and nothing is done twice. And one that dies while it renews subscriptions, which nobody asks for again.
 * Here, one step of a few requests that are drawn; all steps of all of them with
 *
 *   CRASHES=all pnpm vitest run --project server test/crashes.db.test.ts
 *   CRASHES=all CRASHES_OF=upgrade pnpm vitest run --project server test/crashes.db.test.ts -t sqlite
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { apiMigrations } from "@revops/api";
import { dayMs, hourMs, minuteMs } from "@revops/core";
import { type Database, migrate, openDatabase } from "@revops/database";
import { jobsMigrations } from "@revops/jobs";
import { marketplaceMigrations, marketplaceTables } from "@revops/marketplace";
import { paymentsMigrations } from "@revops/payments";
import { createSaas } from "@revops/saas";
import { type StripeEmulator, startStripeEmulator } from "@revops/stripe-emulator";
import { seededRandom } from "@revops/testing";
import { forEachDatabase } from "@revops/testing/vitest";
import { sql } from "drizzle-orm";
import Stripe from "stripe";
import { expect, onTestFinished, test } from "vitest";
import { client } from "./client.ts";
import { openShop } from "./faults/shop.ts";
import { dataFolder, startProcess } from "./process.ts";

const everywhere = process.env["CRASHES"] === "all";
/** Of some requests only: a part of their names. */
const chosen = process.env["CRASHES_OF"];
const password = "correct horse battery";
const killer = fileURLToPath(new URL("./crashes/kill-at.mjs", import.meta.url));

interface Case {
  readonly name: string;
  readonly asks: "ada" | "publisher";
  /** POST unless said otherwise. */
  readonly method?: "POST" | "PUT" | "DELETE";
  /** 201 unless said otherwise. */
  readonly status?: number;
  /** What has to be there before; its answer is handed to the others. */
  readonly before?: (shop: Shop, n: number) => Promise<Answered>;
  readonly path: (n: number, before: Answered) => string;
  readonly body?: (n: number) => object;
  /**
   * Whether something else did the request's work before it could, so that there was nothing left for it: of a request that is
   * refused. `work` is the name that its own work would have.
   */
  readonly overtaken?: (shop: Shop, problem: Answered, work: string) => Promise<boolean>;
  /** How many things the request made, whatever became of its answer. */
  readonly made: (shop: Shop, answer: Answered, n: number, before: Answered) => Promise<number>;
}

// biome-ignore lint/suspicious/noExplicitAny: a black-box test reads answers as a stranger would.
type Answered = any;

const buy = ({ ada }: Shop, n: number) => ada().post(`/marketplace/packages/offer-${n}/purchase`, {}, 201);

/** Tried in each run; of the others, two are drawn. */
const purchase: Case = {
  name: "a purchase, with Stripe in it",
  asks: "ada",
  path: (n) => `/marketplace/packages/offer-${n}/purchase`,
  body: () => ({}),
  async made({ ada }, { purchase }) {
    expect(purchase).toMatchObject({ status: "paid", licenseKey: expect.stringMatching(/^rvl-/) });
    const { data } = await ada().get("/marketplace/purchases?limit=100", 200);
    return data.filter(({ packageId }: Answered) => packageId === purchase.packageId).length;
  },
};

const others: readonly Case[] = [
  {
    name: "a refund, with Stripe in it",
    asks: "publisher",
    before: buy,
    path: (_, { purchase }) => `/marketplace/purchases/${purchase.id}/refund`,
    body: () => ({ reason: "a thunderstorm" }),
    async made({ ada, stripe }, { id, purchaseId, status }) {
      expect(status).toBe("succeeded");
      expect(await ada().get(`/marketplace/purchases/${purchaseId}`, 200)).toMatchObject({
        status: "refunded",
        refunded: { amount: 900 },
      });
      const { data } = await stripe.refunds.list({ limit: 100 });
      return data.filter(({ metadata }) => metadata?.["revops_reference"] === id).length;
    },
  },
  {
    name: "a payout, with Stripe in it",
    asks: "publisher",
    async before(shop, n) {
      for (let sold = 0; sold < 2; sold++) await buy(shop, sold === 0 ? n : await shop.offer());
      // Two weeks later.
      const { sellerEntries } = marketplaceTables(shop.database.dialect);
      await shop.database.db.update(sellerEntries).set({ availableAt: new Date(0) });
    },
    path: () => "/marketplace/publisher/payouts",
    body: () => ({ currency: "usd" }),
    // By the schedule, which a server begins with.
    async overtaken({ publisher }, { code }, work) {
      if (code !== "nothing_to_pay_out") return false;
      const { data: payouts } = await publisher().get("/marketplace/publisher/payouts?limit=100", 200);
      expect(payouts.map(({ id }: Answered) => id)).not.toContain(work.replace("wrk_", "po_"));
      const { data: owed } = await publisher().get("/marketplace/publisher/balances", 200);
      expect(owed).toMatchObject([{ balance: 0 }]);
      return true;
    },
    async made({ publisher, stripe }, { id, status, amount }) {
      expect([status, amount.amount % 765]).toEqual(["paid", 0]);
      const { data: owed } = await publisher().get("/marketplace/publisher/balances", 200);
      expect(owed).toMatchObject([{ balance: 0 }]);
      const { data } = await stripe.transfers.list({ limit: 100 });
      const made = data.filter(({ metadata }) => metadata["revops_reference"] === id);
      expect(made[0]?.amount).toBe(amount.amount);
      return made.length;
    },
  },
  {
    name: "a card that is attached, with Stripe in it",
    asks: "ada",
    path: () => "/billing/payment-methods",
    body: () => ({ paymentMethodId: "pm_card_mastercard" }),
    async made({ ada, seen }, { id }) {
      const { data } = await ada().get("/billing/payment-methods?limit=100", 200);
      const fresh = data.filter((each: Answered) => !seen.has(each.id));
      expect(fresh.map((each: Answered) => each.id)).toContain(id);
      for (const each of fresh) seen.add(each.id);
      return fresh.length;
    },
  },
  {
    name: "a key, in one transaction",
    asks: "ada",
    path: () => "/auth/keys",
    body: (n) => ({ name: `key ${n}` }),
    async made({ ada }, { name }) {
      const { data } = await ada().get("/auth/keys?limit=100", 200);
      return data.filter((each: Answered) => each.name === name).length;
    },
  },
  {
    name: "an upgrade, with Stripe in it",
    asks: "ada",
    method: "PUT",
    status: 200,
    before: ({ stripe }) => charges(stripe),
    path: () => "/billing/subscription",
    body: () => ({ tier: "pro" }),
    async made({ ada, stripe }, { tier, status }, _n, before: readonly string[]) {
      expect([tier, status]).toEqual(["pro", "active"]);
      expect(await ada().get("/billing/subscription", 200)).toMatchObject({ tier: "pro", status: "active" });
      const made = (await charges(stripe)).filter((id) => !before.includes(id));
      await ada().delete(cancelNow, 200);
      return made.length;
    },
  },
  {
    name: "an end of a subscription, with Stripe in it",
    asks: "ada",
    method: "DELETE",
    status: 200,
    before: ({ ada }) => ada().put("/billing/subscription", { tier: "pro" }, 200),
    path: () => cancelNow,
    async made({ ada, stripe }, { status, tier }) {
      expect([status, tier]).toEqual(["canceled", "free"]);
      expect(await ada().get("/billing/subscription", 200)).toMatchObject({ tier: "free", status: "active" });
      const { data } = await stripe.subscriptions.list({ status: "active" });
      return data.length === 0 ? 1 : 0;
    },
  },
  {
    name: "usage, in one transaction",
    asks: "ada",
    status: 200,
    before: usedBy,
    path: () => "/billing/usage",
    body: (n) => ({ id: `event-${n}`, operation: "api_call" }),
    made: async (shop, _answer, _n, before: number) => (await usedBy(shop)) - before,
  },
];

const cancelNow = "/billing/subscription?immediately=true";

/** The newest hundred. */
async function charges(stripe: Stripe): Promise<string[]> {
  return (await stripe.charges.list({ limit: 100 })).data.map(({ id }) => id);
}

async function usedBy({ ada }: Shop): Promise<number> {
  const { features } = await ada().get("/billing/usage", 200);
  return features.find(({ feature }: Answered) => feature === "api_call").used;
}

interface Shop {
  ada(): ReturnType<typeof client>;
  publisher(): ReturnType<typeof client>;
  /** One more listing of the publisher's; `offer-<n>`. */
  offer(): Promise<number>;
  readonly stripe: Stripe;
  readonly database: Database;
  readonly seen: Set<string>;
}

const keyOf = (name: string) => name.replaceAll(/\W+/g, "-");

const stripeOf = ({ port }: StripeEmulator) =>
  new Stripe("sk_test_of_the_crashes", { host: "127.0.0.1", port, protocol: "http", telemetry: false });

forEachDatabase("a server that dies at work", (open) => {
  test("is asked again, and answers as the first time would have", {
    timeout: everywhere ? 10_800_000 : 180_000,
  }, async () => {
    const random = seededRandom("a server that dies at work");
    const { url: databaseUrl } = await open();
    const emulator = await startStripeEmulator({ port: 0 });
    onTestFinished(() => emulator.close());
    const cwd = await dataFolder();
    const environment = {
      DATABASE_URL: databaseUrl,
      PORT: "0",
      RATE_LIMIT_PER_MINUTE: "0",
      JWT_SECRET: "the secret of the crashes, 32 bytes and more",
      STRIPE_SECRET_KEY: "sk_test_of_the_crashes",
      STRIPE_WEBHOOK_SECRET: "whsec_of_the_crashes",
      STRIPE_API_BASE: emulator.url,
      NODE_OPTIONS: `${process.env["NODE_OPTIONS"] ?? ""} --import ${killer}`,
    };
    let server = startProcess(environment, cwd);
    let url = await server.ready();
    async function restart(): Promise<void> {
      server = startProcess(environment, cwd);
      url = await server.ready();
    }
    const signedIn = async (name: string, how: "register" | "login", status: number) => {
      const credentials = { email: `${name}@example.com`, password };
      const { accessToken } = await client(url).post(`/auth/${how}`, credentials, status);
      return { authorization: `Bearer ${accessToken}` };
    };
    let [ada, publisher] = [await signedIn("ada", "register", 201), await signedIn("publisher", "register", 201)];
    const database = openDatabase({ url: databaseUrl });
    onTestFinished(() => database.close());
    // All steps of all requests are more calls than a free tier has.
    const { entitlements } = createSaas({ database });
    for (const asker of [ada, publisher]) {
      const { id: subjectId } = await client(url, asker).get("/auth/me", 200);
      await entitlements.override({ subjectId, overrides: { limits: { api_call: 1_000_000 } } });
    }
    const shop: Shop = {
      ada: () => client(url, ada),
      publisher: () => client(url, publisher),
      offer,
      stripe: stripeOf(emulator),
      database,
      seen: new Set(),
    };
    // Its money may be paid out at once.
    const card = await shop.ada().post("/billing/payment-methods", { paymentMethodId: "pm_card_bypassPending" }, 201);
    shop.seen.add(card.id);
    // A server of a Stripe with no way to it hears of an account when it asks, before it pays one out.
    const books = openShop(databaseUrl, emulator.url);
    onTestFinished(() => books.database.close());
    const account = await shop.publisher().post("/marketplace/publisher/account", {}, 201);
    await emulator.completeOnboarding(account.id);

    const ask = async (
      { asks, method = "POST", path, body }: Case,
      [n, before]: readonly [number, Answered],
      headers: Record<string, string>,
    ) => {
      const json = body && { "content-type": "application/json" };
      const response = await fetch(`${url}/api/v1${path(n, before)}`, {
        method,
        headers: { ...(asks === "ada" ? ada : publisher), ...json, ...headers },
        ...(body && { body: JSON.stringify(body(n)) }),
      });
      return {
        status: response.status,
        text: await response.text(),
        replayed: response.headers.get("idempotent-replayed"),
      };
    };

    let n = 0;
    async function offer(): Promise<number> {
      n++;
      const price = { amount: 900, currency: "usd" };
      const about = { kind: "service", name: "An offer", summary: "Sold in a thunderstorm", category: "tests", price };
      await client(url, publisher).post("/marketplace/packages", { ...about, slug: `offer-${n}` }, 201);
      return n;
    }

    async function workOf(key: { readonly "idempotency-key": string }): Promise<string> {
      const [row] = await database.rows<{ work: string }>(
        sql`select work from api_idempotency where key = ${key["idempotency-key"]}`,
      );
      return row?.work ?? "";
    }

    const from = random.integer(0, others.length - 1);
    const drawn = everywhere ? others : [...others, ...others].slice(from, from + 2);
    const named = chosen === undefined ? undefined : [purchase, ...others].filter(({ name }) => name.includes(chosen));
    for (const tried of named ?? [purchase, ...drawn]) {
      const { name, before, made, status = 201 } = tried;
      const undisturbed = await offer();
      const first = await before?.(shop, undisturbed);
      const whole = await ask(tried, [undisturbed, first], {
        "x-kill-at": "0",
        "idempotency-key": `${keyOf(name)}-whole`,
      });
      expect(whole.status, `${name}: ${whole.text}`).toBe(status);
      expect(await made(shop, JSON.parse(whole.text), undisturbed, first), name).toBe(1);
      await expect.poll(() => server.output()).toMatch(/steps: \d+/);
      const steps = Number(/steps: (\d+)(?![\s\S]*steps:)/.exec(server.output())?.[1]);
      expect(steps, name).toBeGreaterThan(5);
      // The last third is where the work is done and its answer is not yet kept.
      const late = random.integer(Math.ceil((steps * 2) / 3), steps);
      const points = everywhere ? Array.from({ length: steps }, (_, step) => step + 1) : [late];
      // Of the long form, how far it came.
      if (everywhere) console.info(`${name}: ${steps} steps`);
      for (const point of points) {
        // The long form outlives a token.
        if (everywhere)
          [ada, publisher] = [await signedIn("ada", "login", 200), await signedIn("publisher", "login", 200)];
        const which = await offer();
        const there = await before?.(shop, which);
        const key = { "idempotency-key": `${keyOf(name)}-${point}-${which}` };
        const where = `${name}, step ${point} of ${steps}`;
        const asked = [which, there] as const;
        const cut = await ask(tried, asked, { ...key, "x-kill-at": String(point) }).catch(() => null);
        if (cut === null) {
          expect(await server.ended(), where).toBe(null);
          await restart();
          // Half a minute later.
          await database.rows(sql`update api_idempotency set leased_until = 0 where status is null`);
        }
        const again = await ask(tried, asked, key);
        if (again.status !== status && (await tried.overtaken?.(shop, JSON.parse(again.text), await workOf(key))))
          continue;
        expect(again.status, `${where}: ${again.text}`).toBe(status);
        if (cut !== null) expect(again.text, where).toBe(cut.text);
        const third = await ask(tried, asked, key);
        expect([third.replayed, third.text], where).toEqual(["true", again.text]);
        expect(await made(shop, JSON.parse(again.text), which, there), where).toBe(1);
      }
    }
    // Stripe was asked for each purchase's money once.
    const intents = await database.rows<{ n: number }>(
      sql`select count(*) as n from payments_intents where status = 'succeeded'`,
    );
    const bought = await database.rows<{ n: number }>(
      sql`select count(*) as n from marketplace_orders where status in ('paid', 'refunded')`,
    );
    expect(Number(intents[0]?.n)).toBe(Number(bought[0]?.n));
    await expectRightBooks(books);
  });
});

async function expectRightBooks({ payments, marketplace }: ReturnType<typeof openShop>): Promise<void> {
  await payments.ledger.catchUp(new Date(0));
  expect((await payments.ledger.verify()).differences).toEqual([]);
  expect(await marketplace.sellers.verify()).toEqual([]);
}

forEachDatabase("a process that dies while it renews a subscription", (open) => {
  test("leaves it to the next one, which charges no second time", {
    timeout: everywhere ? 10_800_000 : 120_000,
  }, async () => {
    const random = seededRandom("a process that dies while it renews");
    const { url } = await open();
    const emulator = await startStripeEmulator({ port: 0 });
    onTestFinished(() => emulator.close());
    const { clock } = emulator;
    const shop = openShop(url, emulator.url, clock);
    onTestFinished(() => shop.database.close());
    const { database, payments, marketplace } = shop;
    await migrate(database, [jobsMigrations, paymentsMigrations, marketplaceMigrations, apiMigrations]);
    const about = { name: "A library", summary: "By the month", description: "", category: "tests", tags: [] };
    const price = { amount: 1_000, currency: "usd" };
    const listing = { ...about, price, kind: "service", slug: "library", interval: "month", publish: true } as const;
    await marketplace.listings.create({ ...listing, publisherId: "usr_publisher" });
    const stripe = stripeOf(emulator);

    let buyers = 0;
    /** A subscription that is the only one due. */
    async function due() {
      buyers++;
      const buyerId = `usr_buyer_${buyers}`;
      await payments.paymentMethods.attach({ subjectId: buyerId, paymentMethodId: "pm_card_visa" });
      const { purchase } = await marketplace.orders.purchase({ buyerId, listingId: "library" });
      const end = purchase.subscription?.end;
      if (!end) throw new Error("There is no period.");
      await clock.advance(end.getTime() - clock.now().getTime() - hourMs);
      await marketplace.orders.renewDue();
      await clock.advance(hourMs);
      return { id: purchase.id, buyerId };
    }
    async function renewer(step: number): Promise<{ output: string; signal: unknown }> {
      const ahead = clock.now().getTime() - Date.now();
      const script = fileURLToPath(new URL("./crashes/renewer.ts", import.meta.url));
      const args = ["--conditions=source", "--import", killer, script, url, emulator.url, String(ahead), String(step)];
      const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
      let output = "";
      child.stdout.on("data", (text: Buffer) => (output += text.toString()));
      const [, signal] = await once(child, "exit");
      return { output, signal };
    }
    async function expectRenewedOnce({ id, buyerId }: Awaited<ReturnType<typeof due>>, where: string): Promise<void> {
      const { status, subscription } = await marketplace.orders.get({ purchaseId: id, buyerId });
      expect([status, subscription?.pastDue], where).toEqual(["paid", false]);
      expect(subscription?.end?.getTime(), where).toBeGreaterThan(clock.now().getTime() + 25 * dayMs);
      const { data } = await stripe.paymentIntents.list({ limit: 100 });
      const taken = data.filter(({ metadata }) => metadata["revops_reference"] === `${id}.2`);
      expect(
        taken.map((intent) => intent.status),
        where,
      ).toEqual(["succeeded"]);
    }

    const undisturbed = await due();
    const whole = await renewer(0);
    const steps = Number(/steps: (\d+)/.exec(whole.output)?.[1]);
    expect(steps, whole.output).toBeGreaterThan(5);
    await expectRenewedOnce(undisturbed, "undisturbed");
    const points = everywhere ? Array.from({ length: steps }, (_, step) => step + 1) : [random.integer(2, steps)];
    for (const point of points) {
      const order = await due();
      expect((await renewer(point)).signal, `step ${point} of ${steps}`).toBe("SIGKILL");
      // What is left to the next one is taken up when nobody's claim lasts any more.
      await clock.advance(3 * minuteMs);
      await payments.reconcile();
      await marketplace.orders.renewDue();
      await expectRenewedOnce(order, `step ${point} of ${steps}`);
    }
    await expectRightBooks(shop);
  });
});
