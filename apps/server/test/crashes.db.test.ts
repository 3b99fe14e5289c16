/**
 * A server that dies between any two steps of a request: the repeat under the same `Idempotency-Key` is answered with what
 * the first try did, and nothing is done twice. One step of each request here; all of them with
 *
 *   CRASHES=all pnpm vitest run --project server test/crashes.db.test.ts
 *   CRASHES=all CRASHES_OF=upgrade pnpm vitest run --project server test/crashes.db.test.ts -t sqlite
 */
import { fileURLToPath } from "node:url";
import { openDatabase } from "@revops/database";
import { startStripeEmulator } from "@revops/stripe-emulator";
import { seededRandom } from "@revops/testing";
import { forEachDatabase } from "@revops/testing/vitest";
import { sql } from "drizzle-orm";
import { expect, onTestFinished, test } from "vitest";
import { client } from "./client.ts";
import { dataFolder, startProcess } from "./process.ts";

const everywhere = process.env["CRASHES"] === "all";
/** Some of them only: a part of their names. */
const chosen = process.env["CRASHES_OF"] ?? "";
const password = "correct horse battery";
const killer = fileURLToPath(new URL("./crashes/kill-at.mjs", import.meta.url));

interface Case {
  readonly name: string;
  /** POST unless said otherwise. */
  readonly method?: "POST" | "PUT" | "DELETE";
  readonly path: (n: number) => string;
  readonly body?: (n: number) => object;
  /** 201 unless said otherwise. */
  readonly status?: number;
  /** What must be there before. */
  readonly prepare?: (shop: Shop) => Promise<unknown>;
  /** How many things the request made, whatever became of its answer. */
  readonly made: (shop: Shop, answer: Answered, n: number) => Promise<number>;
}

// biome-ignore lint/suspicious/noExplicitAny: a black-box test reads answers as a stranger would.
type Answered = any;

const cases: readonly Case[] = [
  {
    name: "a purchase, with Stripe in it",
    path: (n) => `/marketplace/packages/offer-${n}/purchase`,
    body: () => ({}),
    async made({ ada }, { purchase }) {
      expect(purchase).toMatchObject({ status: "paid", licenseKey: expect.stringMatching(/^rvl-/) });
      const { data } = await ada().get("/marketplace/purchases?limit=100", 200);
      return data.filter(({ packageId }: Answered) => packageId === purchase.packageId).length;
    },
  },
  {
    name: "a card that is attached, with Stripe in it",
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
    path: () => "/auth/keys",
    body: (n) => ({ name: `key ${n}` }),
    async made({ ada }, { name }) {
      const { data } = await ada().get("/auth/keys?limit=100", 200);
      return data.filter((each: Answered) => each.name === name).length;
    },
  },
];

const cancelNow = "/billing/subscription?immediately=true";

/** In the long form only: each is two commits of Stripe's. */
const longCases: readonly Case[] = [
  {
    name: "an upgrade, with Stripe in it",
    method: "PUT",
    path: () => "/billing/subscription",
    body: () => ({ tier: "pro" }),
    status: 200,
    prepare: ({ charged }) => charged(),
    async made({ ada, charged }, { tier }) {
      expect(tier).toBe("pro");
      expect(await ada().get("/billing/subscription", 200)).toMatchObject({ tier: "pro", status: "active" });
      const times = await charged();
      await ada().delete(cancelNow, 200);
      return times;
    },
  },
  {
    name: "a subscription that is ended, with Stripe in it",
    method: "DELETE",
    path: () => cancelNow,
    status: 200,
    async prepare({ ada, charged }) {
      await ada().put("/billing/subscription", { tier: "pro" }, 200);
      await charged();
    },
    async made({ ada }, { status, tier }) {
      expect([status, tier]).toEqual(["canceled", "free"]);
      const present = await ada().get("/billing/subscription", 200);
      return present.tier === "free" ? 1 : 0;
    },
  },
  {
    name: "usage, in one transaction",
    path: () => "/billing/usage",
    body: (n) => ({ id: `event-${n}`, operation: "api_call" }),
    status: 200,
    async prepare(shop) {
      shop.used = await usedBy(shop);
    },
    made: async (shop) => (await usedBy(shop)) - shop.used,
  },
];

async function usedBy({ ada }: Shop): Promise<number> {
  const { features } = await ada().get("/billing/usage", 200);
  return features.find((each: Answered) => each.feature === "api_call").used;
}

interface Shop {
  ada(): ReturnType<typeof client>;
  readonly seen: Set<string>;
  /** How many charges there are at Stripe that were not there before. */
  charged(): Promise<number>;
  used: number;
}

forEachDatabase("a server that dies at work", (open) => {
  test("is asked again, and answers as the first time would have", {
    timeout: everywhere ? 3_600_000 : 180_000,
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
    // A key, since the long form outlives a token.
    const registered = async (name: string) => {
      const { accessToken } = await client(url).post("/auth/register", { email: `${name}@example.com`, password }, 201);
      const session = client(url, { authorization: `Bearer ${accessToken}` });
      const { key } = await session.post("/auth/keys", { name }, 201);
      return { "x-api-key": key };
    };
    const [ada, publisher] = [await registered("ada"), await registered("publisher")];
    const seen = new Set<string>();
    const shop: Shop = {
      ada: () => client(url, ada),
      seen,
      async charged() {
        const headers = { authorization: `Bearer ${environment.STRIPE_SECRET_KEY}` };
        const { data }: Answered = await (await fetch(`${emulator.url}/v1/charges?limit=100`, { headers })).json();
        const fresh = data.filter((each: Answered) => !seen.has(each.id));
        for (const each of fresh) seen.add(each.id);
        return fresh.length;
      },
      used: 0,
    };
    const card = await shop.ada().post("/billing/payment-methods", { paymentMethodId: "pm_card_visa" }, 201);
    shop.seen.add(card.id);

    const database = openDatabase({ url: databaseUrl });
    onTestFinished(() => database.close());
    const ask = async ({ method = "POST", path, body }: Case, n: number, headers: Record<string, string>) => {
      const json = body && { "content-type": "application/json" };
      const response = await fetch(`${url}/api/v1${path(n)}`, {
        method,
        headers: { ...ada, ...json, ...headers },
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

    for (const tried of [...cases, ...(everywhere ? longCases : [])].filter(({ name }) => name.includes(chosen))) {
      const { name, made, status = 201, prepare = async () => {} } = tried;
      const undisturbed = await offer();
      await prepare(shop);
      const whole = await ask(tried, undisturbed, { "x-kill-at": "0", "idempotency-key": `${name.length}-whole` });
      expect(whole.status, `${name}: ${whole.text}`).toBe(status);
      expect(await made(shop, JSON.parse(whole.text), undisturbed), name).toBe(1);
      await expect.poll(() => server.output()).toMatch(/steps: \d+/);
      const steps = Number(/steps: (\d+)(?![\s\S]*steps:)/.exec(server.output())?.[1]);
      expect(steps, name).toBeGreaterThan(5);
      // The last third is where the work is done and its answer is not yet kept.
      const late = random.integer(Math.ceil((steps * 2) / 3), steps);
      const points = everywhere ? Array.from({ length: steps }, (_, step) => step + 1) : [late];
      for (const point of points) {
        const which = await offer();
        await prepare(shop);
        const key = { "idempotency-key": `${name.length}-${point}-${which}` };
        const where = `${name}, step ${point} of ${steps}`;
        const cut = await ask(tried, which, { ...key, "x-kill-at": String(point) }).catch(() => null);
        if (cut === null) {
          expect(await server.ended(), where).toBe(null);
          await restart();
          // Half a minute later.
          await database.rows(sql`update api_idempotency set leased_until = 0 where status is null`);
        }
        const again = await ask(tried, which, key);
        expect(again.status, `${where}: ${again.text}`).toBe(status);
        if (cut !== null) expect(again.text, where).toBe(cut.text);
        const third = await ask(tried, which, key);
        expect([third.replayed, third.text], where).toEqual(["true", again.text]);
        expect(await made(shop, JSON.parse(again.text), which), where).toBe(1);
      }
    }
    // Stripe was asked for each purchase's money once.
    const intents = await database.rows<{ n: number }>(
      sql`select count(*) as n from payments_intents where status = 'succeeded'`,
    );
    const bought = await database.rows<{ n: number }>(
      sql`select count(*) as n from marketplace_orders where status = 'paid'`,
    );
    expect(Number(intents[0]?.n)).toBe(Number(bought[0]?.n));
  });
});
