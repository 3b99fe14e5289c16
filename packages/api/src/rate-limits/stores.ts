/** Where buckets are kept when several instances share them. */
import { RateLimiterRedis } from "rate-limiter-flexible";
import { memoryRateLimits, type RateLimitStore } from "./limiter.ts";
import { groupedLimiter, type QueryPool } from "./postgres.ts";

/**
 * In Redis. While it is away each instance counts by itself, so that a limit is never lifted and nobody is refused for it.
 * @param client a connected `redis` or `ioredis` client
 */
export function redisRateLimits(client: object): RateLimitStore {
  // The two packages take a script in different ways; the library knows the one by a name that the other package lost.
  const useRedisPackage = !("defineCommand" in client);
  return (shape) => {
    const { keyPrefix, points, durationSeconds: duration } = shape;
    const options = { storeClient: client, keyPrefix, points, duration, insuranceLimiter: memoryRateLimits(shape) };
    return new RateLimiterRedis({ ...options, useRedisPackage, rejectIfRedisNotReady: true });
  };
}

/**
 * In the table `api_rate_limits` of PostgreSQL, which `apiMigrations` made; while it is away each instance counts by itself.
 * @param pool a `pg` pool; let it set `synchronous_commit=off`: a bucket that a crash forgets is nobody's loss
 */
export const postgresRateLimits =
  (pool: QueryPool): RateLimitStore =>
  (shape) =>
    groupedLimiter(pool, shape);
