/** Where instances of this server share their rate limits: Redis when it is set, else PostgreSQL, else nowhere. */
import { type DependencyCheck, postgresRateLimits, type RateLimitStore, redisRateLimits } from "@revops/api";
import type { Logger } from "@revops/core";
import pg from "pg";
import { createClient } from "redis";
import type { Config } from "./config.ts";

export interface SharedRateLimits {
  readonly store: RateLimitStore | undefined;
  /** For `/ready`. An instance can do without: it then counts by itself. */
  readonly dependencies: Readonly<Record<string, DependencyCheck>>;
  close(): Promise<void>;
}

/** Enough for counters, and few beside the pool that the rest of the server uses. */
const maxConnections = 4;
const connectTimeoutMs = 2_000;

export async function openRateLimitStore(
  config: Pick<Config, "databaseUrl" | "redisUrl" | "rateLimitPerMinute">,
  logger: Logger,
): Promise<SharedRateLimits> {
  if (config.redisUrl !== undefined) return overRedis(config.redisUrl, logger);
  if (config.rateLimitPerMinute > 0 && !config.databaseUrl.startsWith("file:"))
    return overPostgres(config.databaseUrl, logger);
  return { store: undefined, dependencies: {}, close: async () => {} };
}

async function overRedis(url: string, logger: Logger): Promise<SharedRateLimits> {
  const client = createClient({ url, disableOfflineQueue: true, socket: { connectTimeout: connectTimeoutMs } });
  let away = false;
  // It tries again by itself, with growing pauses; one line for each time that it goes away is enough.
  client.on("error", (error: unknown) => {
    if (!away) logger.warn({ err: error }, "Redis is away: rate limits are counted by each instance");
    away = true;
  });
  client.on("ready", () => {
    if (away) logger.info({}, "Redis is back: rate limits are shared again");
    away = false;
  });
  // Not awaited: a server whose Redis is away starts all the same.
  client.connect().catch(() => undefined);
  return {
    store: redisRateLimits(client),
    dependencies: { redis: { ping: async () => void (await client.ping()), optional: true } },
    close: async () => client.destroy(),
  };
}

function overPostgres(url: string, logger: Logger): SharedRateLimits {
  const pool = new pg.Pool({
    connectionString: url,
    max: maxConnections,
    connectionTimeoutMillis: connectTimeoutMs,
    // What a crash forgets of a minute's requests is nobody's loss; waiting for the disk at each would be.
    options: "-c synchronous_commit=off",
  });
  pool.on("error", (error) => logger.warn({ err: error }, "an idle connection of the rate limits broke"));
  // One that breaks while the pool lets it go has no other listener left, and would end the process.
  pool.on("connect", (client) => client.on("error", () => undefined));
  return { store: postgresRateLimits(pool), dependencies: {}, close: () => pool.end() };
}
