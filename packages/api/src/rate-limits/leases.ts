/**
 * Points of shared buckets that this process has taken ahead, so that most requests need no statement. Of a bucket it takes
 * four times as many ahead as it has used in the window, and a sixteenth of the limit at most. No instance ever admits more than what it
 * has taken, so all of them together never more than the limit; near the limit one may refuse while another still has points
 * that it took ahead, so many at most. Of a single instance every point is used.
 */
import { LRUCache } from "lru-cache";
import { RateLimiterRes } from "rate-limiter-flexible";

interface Bucket {
  /** Unix milliseconds. */
  readonly until: number;
  /** Points that this process has used, and others have taken, as far as was seen. */
  used: number;
  /** Taken ahead. */
  free: number;
  /** Of those used, this process's own. */
  own: number;
}

/** What a bucket is asked for. */
interface Asked {
  readonly cost: number;
  /** To be added to what is taken of the bucket: the cost, less what was taken ahead before, and what is taken ahead now. */
  readonly points: number;
  readonly ahead: number;
}

export interface Leases {
  /** Uses what was taken ahead, or refuses what the bucket is too empty for; undefined where the bucket is to be asked. */
  use(key: string, cost: number, now: number): RateLimiterRes | undefined;
  /** What to ask a bucket for. */
  ask(key: string, cost: number, now: number): Asked;
  /**
   * Shares out what a bucket gave.
   * @param taken points that are taken of the bucket now, by all instances
   * @param costs of those who asked, in their order
   */
  share(
    key: string,
    asked: Asked,
    bucket: { readonly taken: number; readonly until: number },
    costs: readonly number[],
    now: number,
  ): RateLimiterRes[];
}

/** Buckets of which something is known, at most; a hundred bytes each. What is forgotten is as if it were used. */
const capacity = 20_000;
const largestShare = 1 / 16;
/** A bucket of which a hundred points are used asks four times; with 1 it was eight. */
const aheadOfUsed = 4;

/** @param limit points of a bucket; a state whose `consumedPoints` are more is a refusal */
export function createLeases(limit: number): Leases {
  const mostAhead = Math.floor(limit * largestShare);
  const buckets = new LRUCache<string, Bucket>({ max: capacity });

  function current(key: string, now: number): Bucket | undefined {
    const bucket = buckets.get(key);
    return bucket && now < bucket.until ? bucket : undefined;
  }

  function use(bucket: Bucket, cost: number, now: number): RateLimiterRes {
    const isFirst = bucket.used <= 0;
    bucket.used += cost;
    if (bucket.used <= limit) bucket.own += cost;
    return new RateLimiterRes(Math.max(0, limit - bucket.used), Math.max(0, bucket.until - now), bucket.used, isFirst);
  }

  return {
    use(key, cost, now) {
      const bucket = current(key, now);
      if (bucket === undefined) return undefined;
      const isEmpty = bucket.used + bucket.free >= limit;
      if (bucket.free < cost && !isEmpty) return undefined;
      bucket.free = Math.max(0, bucket.free - cost);
      return use(bucket, cost, now);
    },

    ask(key, cost, now) {
      const bucket = current(key, now);
      const ahead = Math.min(aheadOfUsed * ((bucket?.own ?? 0) + cost), mostAhead);
      if (bucket === undefined) return { cost, points: cost + ahead, ahead };
      const points = cost - bucket.free + ahead;
      // Until the answer is there, nobody else uses what is counted in.
      bucket.free = 0;
      return { cost, points, ahead };
    },

    share(key, { cost, ahead }, { taken, until }, costs, now) {
      const before = buckets.get(key);
      const own = before?.until === until ? before.own : 0;
      const bucket: Bucket = { until, used: taken - cost - ahead, free: 0, own };
      const states = costs.map((each) => use(bucket, each, now));
      // What is beyond the limit is nobody's.
      bucket.free = Math.min(ahead, Math.max(0, limit - bucket.used));
      buckets.set(key, bucket);
      return states;
    },
  };
}
