/** Where buckets are kept: in the process, or where several instances share them. */
import {
  type IRateLimiterStoreOptions,
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterPostgres,
  RateLimiterRedis,
} from "rate-limiter-flexible";

/** What a bucket holds, and for how long it lasts. */
export interface BucketShape {
  /** Buckets of one prefix are the same buckets, whatever they hold. */
  readonly keyPrefix: string;
  readonly points: number;
  readonly durationSeconds: number;
}

/** Makes the limiter of buckets of one shape. */
export type RateLimitStore = (shape: BucketShape) => RateLimiterAbstract;

/** In this process: right for one instance, and what the shared ones fall back to. */
export const memoryRateLimits: RateLimitStore = ({ keyPrefix, points, durationSeconds: duration }) =>
  new RateLimiterMemory({ keyPrefix, points, duration });

/**
 * In Redis. While it is away each instance counts by itself, so that a limit is never lifted and nobody is refused for it.
 * @param client a connected `redis` or `ioredis` client
 */
export function redisRateLimits(client: object): RateLimitStore {
  // The two packages take a script in different ways; the library knows the one by a name that the other package lost.
  const useRedisPackage = !("defineCommand" in client);
  return (shape) => new RateLimiterRedis({ ...shared(client, shape), useRedisPackage, rejectIfRedisNotReady: true });
}

/**
 * In the table `api_rate_limits` of PostgreSQL, which `apiMigrations` made; while it is away each instance counts by itself.
 * @param pool a `pg` pool; let it set `synchronous_commit=off`: a bucket that a crash forgets is nobody's loss
 */
export function postgresRateLimits(pool: object): RateLimitStore {
  return (shape) =>
    new RateLimiterPostgres({
      ...shared(pool, shape),
      storeType: "pool",
      tableName: "api_rate_limits",
      tableCreated: true,
      clearExpiredByTimeout: true,
    });
}

function shared(storeClient: object, shape: BucketShape): IRateLimiterStoreOptions {
  const { keyPrefix, points, durationSeconds: duration } = shape;
  return { storeClient, keyPrefix, points, duration, insuranceLimiter: memoryRateLimits(shape) };
}
