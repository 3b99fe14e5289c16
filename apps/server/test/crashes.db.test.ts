/**
 * A server that dies between any two steps of a request: the repeat under the same `Idempotency-Key` is answered with what
 * the first try did, and nothing is done twice. One step of each request here; all of them with
 *
 *   CRASHES=all pnpm vitest run --project server test/crashes.db.test.ts
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
const password = "correct horse battery";
const killer = fileURLToPath(new URL("./crashes/kill-at.mjs", import.meta.url));

interface Case {
  readonly name: string;
  readonly path: (n: number) => string;
  readonly body: (n: number) => object;
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

interface Shop {
  ada(): ReturnType<typeof client>;
  readonly seen: Set<string>;
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
    const registered = async (name: string) => {
      const { accessToken } = await client(url).post("/auth/register", { email: `${name}@example.com`, password }, 201);
      return { authorization: `Bearer ${accessToken}` };
    };
    const [ada, publisher] = [await registered("ada"), await registered("publisher")];
    const shop: Shop = { ada: () => client(url, ada), seen: new Set() };
    const card = await shop.ada().post("/billing/payment-methods", { paymentMethodId: "pm_card_visa" }, 201);
    shop.seen.add(card.id);

    const database = openDatabase({ url: databaseUrl });
    onTestFinished(() => database.close());
    const ask = async (path: string, body: object, headers: Record<string, string>) => {
      const response = await fetch(`${url}/api/v1${path}`, {
        method: "POST",
        headers: { ...ada, "content-type": "application/json", ...headers },
        body: JSON.stringify(body),
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

    for (const { name, path, body, made } of cases) {
      const undisturbed = await offer();
      const whole = await ask(path(undisturbed), body(undisturbed), {
        "x-kill-at": "0",
        "idempotency-key": `${name.length}-whole`,
      });
      expect(whole.status, `${name}: ${whole.text}`).toBe(201);
      expect(await made(shop, JSON.parse(whole.text), undisturbed), name).toBe(1);
      await expect.poll(() => server.output()).toMatch(/steps: \d+/);
      const steps = Number(/steps: (\d+)(?![\s\S]*steps:)/.exec(server.output())?.[1]);
      expect(steps, name).toBeGreaterThan(5);
      // The last third is where the work is done and its answer is not yet kept.
      const late = random.integer(Math.ceil((steps * 2) / 3), steps);
      const points = everywhere ? Array.from({ length: steps }, (_, step) => step + 1) : [late];
      for (const point of points) {
        const which = await offer();
        const key = { "idempotency-key": `${name.length}-${point}-${which}` };
        const where = `${name}, step ${point} of ${steps}`;
        const cut = await ask(path(which), body(which), { ...key, "x-kill-at": String(point) }).catch(() => null);
        if (cut === null) {
          expect(await server.ended(), where).toBe(null);
          await restart();
          // Half a minute later.
          await database.rows(sql`update api_idempotency set leased_until = 0 where status is null`);
        }
        const again = await ask(path(which), body(which), key);
        expect(again.status, `${where}: ${again.text}`).toBe(201);
        if (cut !== null) expect(again.text, where).toBe(cut.text);
        const third = await ask(path(which), body(which), key);
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
