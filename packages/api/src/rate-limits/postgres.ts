/** Buckets in PostgreSQL. A statement for each request would cost more than the request: those that come at once share one. */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { RateLimiterRes } from "rate-limiter-flexible";
import { createLeases } from "./leases.ts";
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
 * order of arrival; most of it needs none, since points are taken ahead. While PostgreSQL is away the process counts by itself.
 */
export function groupedLimiter(pool: QueryPool, shape: BucketShape): Limiter {
  const { keyPrefix, points: limit, durationSeconds } = shape;
  const insurance = memoryRateLimits(shape);
  const leases = createLeases(limit);
  const waiting: Waiting[] = [];
  let taking = false;
  let sweptAt = Date.now();

  async function takeAll(): Promise<void> {
    taking = true;
    while (waiting.length > 0) {
      // Let all of this turn of the event loop arrive.
      await nextTurn();
      const now = Date.now();
      // What the statement before has brought may do for those who came meanwhile.
      const batch = waiting.splice(0).filter((each) => !answered(each, leases.use(each.key, each.cost, now)));
      try {
        if (batch.length > 0)
          await takeFor(
            Map.groupBy(batch, ({ key }) => key),
            now,
          );
      } catch {
        for (const { key, cost, resolve, reject } of batch) insurance.consume(key, cost).then(resolve, reject);
      }
    }
    taking = false;
    sweepNowAndThen();
  }

  async function takeFor(groups: ReadonlyMap<string, readonly Waiting[]>, now: number): Promise<void> {
    const asked = new Map(
      [...groups].map(([key, group]) => [
        key,
        leases.ask(
          key,
          group.reduce((sum, { cost }) => sum + cost, 0),
          now,
        ),
      ]),
    );
    const keys = [...asked.keys()].map((key) => `${keyPrefix}:${key}`);
    const values = [keys, [...asked.values()].map(({ points }) => points), now + durationSeconds * 1_000, now];
    const { rows } = await pool.query({ name: "api_rate_limits_take", text: take, values });
    const byKey = new Map(rows.map((row) => [row.key.slice(keyPrefix.length + 1), row]));
    const answeredAt = Date.now();
    for (const [key, group] of groups) {
      const [row, of] = [byKey.get(key), asked.get(key)];
      if (row === undefined || of === undefined) throw new Error("PostgreSQL gave no bucket back.");
      const costs = group.map(({ cost }) => cost);
      const bucket = { taken: row.points, until: Number(row.expire) };
      const states = leases.share(key, of, bucket, costs, answeredAt);
      for (const [n, each] of group.entries()) answered(each, states[n]);
    }
  }

  function answered({ resolve, reject }: Waiting, state: RateLimiterRes | undefined): boolean {
    if (state === undefined) return false;
    if (state.consumedPoints > limit) reject(state);
    else resolve(state);
    return true;
  }

  /** Rides on requests, so that nothing has to be started or stopped; one that fails is made up for by the next. */
  function sweepNowAndThen(): void {
    const now = Date.now();
    if (now - sweptAt < sweepEveryMs) return;
    sweptAt = now;
    pool.query({ name: "api_rate_limits_sweep", text: sweep, values: [now - keptMs] }).catch(() => undefined);
  }

  return {
    consumeNow: (key, cost) => leases.use(key, cost, Date.now()),
    consume: (key, cost) =>
      new Promise((resolve, reject) => {
        waiting.push({ key, cost, resolve, reject });
        if (!taking) void takeAll();
      }),
  };
}
