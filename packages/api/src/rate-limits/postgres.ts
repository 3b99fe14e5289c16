/** Buckets in PostgreSQL. A statement for each request would cost more than the request: those that come at once share one. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { RateLimiterRes } from "rate-limiter-flexible";
import { type BucketShape, type Limiter, memoryRateLimits } from "./limiter.ts";

/** What is used of a `pg` pool. */
export interface QueryPool {
  query(query: { name: string; text: string; values: unknown[] }): Promise<{ rows: BucketRow[] }>;
}

interface BucketRow {
  readonly key: string;
  readonly points: number;
  /** Unix milliseconds; a `bigint`, which `pg` gives as text. */
  readonly expire: string;
}

interface Waiting {
  readonly key: string;
  readonly cost: number;
  resolve(state: RateLimiterRes): void;
  reject(reason: unknown): void;
}

// In the order of keys, or two instances could wait for each other's rows.
const take = `
  insert into api_rate_limits as bucket (key, points, expire)
  select key, points, $3::bigint from unnest($1::text[], $2::integer[]) as taken (key, points) order by key
  on conflict (key) do update set
    points = case when bucket.expire <= $4 then excluded.points else least(bucket.points::bigint + excluded.points, 2147483647) end,
    expire = case when bucket.expire <= $4 then excluded.expire else bucket.expire end
  returning key, points, expire`;
const sweep = "delete from api_rate_limits where expire < $1";
const sweepEveryMs = 300_000;
/** More than clocks of instances differ. */
const keptMs = 3_600_000;

/**
 * The limiter of buckets of one shape. What arrives while a statement is under way is taken by the next one, in its
 * order of arrival, so the limit is as exact as with a statement each. While PostgreSQL is away the process counts by itself.
 */
export function groupedLimiter(pool: QueryPool, shape: BucketShape): Limiter {
  const { keyPrefix, points: limit, durationSeconds } = shape;
  const insurance = memoryRateLimits(shape);
  const waiting: Waiting[] = [];
  let taking = false;
  let sweptAt = Date.now();

  async function takeAll(): Promise<void> {
    taking = true;
    while (waiting.length > 0) {
      // Let all of this turn of the event loop arrive.
      await nextTurn();
      const batch = waiting.splice(0);
      try {
        answer(batch, await takeFor(batch));
      } catch {
        for (const { key, cost, resolve, reject } of batch) insurance.consume(key, cost).then(resolve, reject);
      }
    }
    taking = false;
    sweepNowAndThen();
  }

  async function takeFor(batch: readonly Waiting[]): Promise<Map<string, BucketRow & { before: number }>> {
    const totals = new Map<string, number>();
    for (const { key, cost } of batch) totals.set(key, (totals.get(key) ?? 0) + cost);
    const now = Date.now();
    const keys = [...totals.keys()].map((key) => `${keyPrefix}:${key}`);
    const values = [keys, [...totals.values()], now + durationSeconds * 1_000, now];
    const { rows } = await pool.query({ name: "api_rate_limits_take", text: take, values });
    return new Map(
      rows.map((row) => {
        const key = row.key.slice(keyPrefix.length + 1);
        return [key, { ...row, before: row.points - (totals.get(key) ?? 0) }];
      }),
    );
  }

  function answer(batch: readonly Waiting[], rows: Map<string, BucketRow & { before: number }>): void {
    const now = Date.now();
    for (const { key, cost, resolve, reject } of batch) {
      const row = rows.get(key);
      if (!row) {
        reject(new Error("PostgreSQL gave no bucket back."));
        continue;
      }
      const isFirst = row.before <= 0;
      row.before += cost;
      const left = Math.max(0, Number(row.expire) - now);
      const state = new RateLimiterRes(Math.max(0, limit - row.before), left, row.before, isFirst);
      if (row.before > limit) reject(state);
      else resolve(state);
    }
  }

  /** Rides on requests, so that nothing has to be started or stopped; one that fails is made up for by the next. */
  function sweepNowAndThen(): void {
    const now = Date.now();
    if (now - sweptAt < sweepEveryMs) return;
    sweptAt = now;
    pool.query({ name: "api_rate_limits_sweep", text: sweep, values: [now - keptMs] }).catch(() => undefined);
  }

  return {
    consume: (key, cost) =>
      new Promise((resolve, reject) => {
        waiting.push({ key, cost, resolve, reject });
        if (!taking) void takeAll();
      }),
  };
}
