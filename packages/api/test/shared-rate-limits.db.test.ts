/** Two instances of the API, one bucket. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createApi, postgresRateLimits, type RateLimitStore, redisRateLimits } from "@revops/api";
import { startRedis } from "@revops/testing";
import { forEachDatabase } from "@revops/testing/vitest";
import pg from "pg";
import { createClient } from "redis";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { register, secret, startApi, type TestApi } from "./service.ts";

const redis = await startRedis();
afterAll(() => redis?.stop());
if (redis === null) {
  if (process.env["CI"]) throw new Error("CI must have redis-server.");
  console.warn("SKIPPED: there is no redis-server here, so limits shared over Redis are not tested.");
}

const limit = 10;

/** A second instance beside the one of the test. */
async function secondInstance(service: TestApi, rateLimitStore: RateLimitStore): Promise<string> {
  const { app } = createApi({ ...service, secret, rateLimitPerMinute: limit, rateLimitStore });
  const server = createServer(app).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1`;
}

async function statusesOf(urls: readonly string[], headers: Record<string, string>, count: number) {
  const statuses = await Promise.all(
    Array.from({ length: count }, async (_, n) => {
      const answer = await fetch(`${urls[n % urls.length]}/auth/me`, { headers });
      await answer.arrayBuffer();
      return answer.status;
    }),
  );
  return { admitted: statuses.filter((status) => status === 200).length, statuses: new Set(statuses) };
}

forEachDatabase("rate limits of several instances", (open, dialect) => {
  async function connected(url: string) {
    const client = createClient({ url, disableOfflineQueue: true, socket: { reconnectStrategy: 20 } });
    client.on("error", () => undefined);
    await client.connect();
    onTestFinished(() => client.destroy());
    return client;
  }

  test.skipIf(redis === null)("Redis: exactly the limit is admitted, whichever instance is asked", async () => {
    const store = redisRateLimits(await connected(redis?.url ?? ""));
    const service = await startApi(open, { rateLimitPerMinute: limit, rateLimitStore: store });
    const ada = await register(service, "ada");
    const urls = [service.url, await secondInstance(service, store)];
    expect(await statusesOf(urls, ada.session, 30)).toEqual({ admitted: limit, statuses: new Set([200, 429]) });
  });

  test.skipIf(redis === null)(
    "Redis away: each instance counts by itself, nobody gets an error, and back again",
    async () => {
      if (!redis) throw new Error("Skipped without Redis.");
      const client = await connected(redis.url);
      const store = redisRateLimits(client);
      const service = await startApi(open, { rateLimitPerMinute: limit, rateLimitStore: store });
      const ada = await register(service, "ada");
      const urls = [service.url, await secondInstance(service, store)];
      await redis.stop();
      await expect.poll(() => client.isReady).toBe(false);
      expect(await statusesOf(urls, ada.session, 40)).toEqual({ admitted: 2 * limit, statuses: new Set([200, 429]) });
      await redis.start();
      await expect.poll(() => client.isReady, { timeout: 10_000 }).toBe(true);
      expect(await statusesOf(urls, ada.session, 30)).toEqual({ admitted: limit, statuses: new Set([200, 429]) });
    },
  );

  if (dialect === "postgres")
    test("PostgreSQL: exactly the limit is admitted, and the table is ours", async () => {
      let url = "";
      const service = await startApi(async (template) => {
        const database = await open(template);
        url = database.url;
        return database;
      });
      const pool = new pg.Pool({ connectionString: url, max: 4, options: "-c synchronous_commit=off" });
      pool.on("error", () => undefined).on("connect", (client) => client.on("error", () => undefined));
      onTestFinished(() => pool.end());
      const store = postgresRateLimits(pool);
      const urls = [await secondInstance(service, store), await secondInstance(service, store)];
      const ada = await register(service, "ada");
      expect(await statusesOf(urls, ada.session, 30)).toEqual({ admitted: limit, statuses: new Set([200, 429]) });
      const { rows } = await pool.query("select points from api_rate_limits");
      expect(rows).toEqual([{ points: expect.any(Number) }]);
      expect(rows[0].points).toBeGreaterThanOrEqual(limit);

      await pool.query("alter table api_rate_limits rename to away");
      const bob = await register(service, "bob");
      expect(await statusesOf(urls, bob.session, 40)).toEqual({ admitted: 2 * limit, statuses: new Set([200, 429]) });
    });
});

forEachDatabase("rate limits by tier and by route", (open) => {
  test("a tier may have a limit of its own, and 0 lifts it", async () => {
    const service = await startApi(open, { rateLimitPerMinute: 3, rateLimitPerTier: { pro: 5, enterprise: 0 } });
    const { saas } = service;
    const admittedAs = async (name: string, tier: "free" | "pro" | "enterprise") => {
      const person = await register(service, name);
      const at = service.emulator.clock.now();
      const end = new Date(at.getTime() + 86_400_000);
      const period = { anchor: at, interval: "month" as const, start: at, end };
      if (tier !== "free") await saas.entitlements.assign({ subjectId: person.id, tier, status: "active", period });
      return (await statusesOf([service.url], person.session, 8)).admitted;
    };
    expect(await admittedAs("ada", "free")).toBe(3);
    expect(await admittedAs("bob", "pro")).toBe(5);
    expect(await admittedAs("cyd", "enterprise")).toBe(8);
  });

  test("what costs more takes more", async () => {
    const service = await startApi(open, { rateLimitPerMinute: 25 });
    const ada = await register(service, "ada");
    const exported = async () => (await service.call("GET", "/auth/export", { headers: ada.session })).status;
    expect([await exported(), await exported(), await exported()]).toEqual([200, 200, 429]);
  });
});
