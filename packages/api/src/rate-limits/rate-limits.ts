import { RateLimiterRes } from "rate-limiter-flexible";
import { apiErrors } from "../problems/errors.ts";
import { type Limiter, memoryRateLimits, type RateLimitStore } from "./limiter.ts";

/** `credential`: one API key or session; `address`: who shows none, or a wrong one. */
type RatePolicy = "credential" | "address";

/** Whose bucket a request is taken from, and how much of it. */
export interface RateRequest {
  readonly policy: RatePolicy;
  readonly key: string;
  /** 1 unless the route costs more. */
  readonly cost?: number;
  /** The tier of whoever shows a credential, where tiers have limits of their own. */
  readonly tier?: string;
}

/** What a taken request leaves behind. */
export interface RateVerdict {
  readonly allowed: boolean;
  /** The header fields to answer with, name by value: draft-ietf-httpapi-ratelimit-headers-10. */
  readonly head: readonly string[];
  /** Seconds until the bucket is full again. */
  readonly retryAfter: number;
}

export interface RateLimits {
  /** Whether {@link RateRequest.tier} makes a difference, so that it need not be asked for when not. */
  readonly byTier: boolean;
  /** Takes one request; null when nothing is limited. At once where what is left of its bucket is known in this process. */
  take(request: RateRequest): RateVerdict | null | Promise<RateVerdict>;
}

export interface RateLimitsOptions {
  /** Requests per bucket in a window of 60 seconds that starts with the first; 0 switches all limits off. */
  readonly perMinute: number;
  /** Other limits for the credentials of some tiers: `{ pro: 3_000 }`. */
  readonly perTier?: Readonly<Record<string, number>> | undefined;
  /** In the process unless given. */
  readonly store?: RateLimitStore | undefined;
}

const windowSeconds = 60;

/** A limiter with what its buckets hold. */
interface Sized {
  readonly points: number;
  readonly policyField: string;
  readonly limiter: Limiter;
}

/** @throws RangeError for a limit that is no whole number */
export function createRateLimits({ perMinute, perTier = {}, store = memoryRateLimits }: RateLimitsOptions): RateLimits {
  for (const limit of [perMinute, ...Object.values(perTier)]) {
    if (!Number.isInteger(limit) || limit < 0) throw new RangeError("A rate limit is a whole number, 0 = off");
  }
  if (perMinute === 0) return { byTier: false, take: () => null };
  const limiterOf = (policy: RatePolicy, points: number): Sized => ({
    points,
    policyField: `"${policy}";q=${points};w=${windowSeconds}`,
    limiter: store({ keyPrefix: `revops:rate:${policy}`, points, durationSeconds: windowSeconds }),
  });
  const byPolicy: Record<RatePolicy, Sized> = {
    credential: limiterOf("credential", perMinute),
    address: limiterOf("address", perMinute),
  };
  const byTier = new Map(
    Object.entries(perTier).map(([tier, points]) => [tier, points === 0 ? null : limiterOf("credential", points)]),
  );

  function chosen({ policy, tier }: RateRequest): Sized | null {
    const own = policy === "credential" && tier !== undefined ? byTier.get(tier) : undefined;
    return own === undefined ? byPolicy[policy] : own;
  }

  async function asked(of: Sized, { policy, key, cost = 1 }: RateRequest): Promise<RateVerdict> {
    try {
      return verdictOf(policy, of, true, await of.limiter.consume(key, cost));
    } catch (refusal) {
      if (refusal instanceof RateLimiterRes) return verdictOf(policy, of, false, refusal);
      throw refusal;
    }
  }

  function verdictOf(policy: RatePolicy, of: Sized, allowed: boolean, state: RateLimiterRes): RateVerdict {
    const seconds = Math.max(1, Math.ceil(state.msBeforeNext / 1000));
    const left = `"${policy}";r=${Math.max(0, state.remainingPoints)};t=${seconds}`;
    return { allowed, retryAfter: seconds, head: ["RateLimit-Policy", of.policyField, "RateLimit", left] };
  }

  return {
    byTier: byTier.size > 0,
    take(request) {
      const found = chosen(request);
      if (found === null) return null;
      const { policy, key, cost = 1 } = request;
      const state = found.limiter.consumeNow?.(key, cost);
      return state ? verdictOf(policy, found, state.consumedPoints <= found.points, state) : asked(found, request);
    },
  };
}

/** The error of a refused request. */
export const rateLimited = ({ retryAfter }: RateVerdict) =>
  apiErrors.rate_limited({ detail: `Try again in ${retryAfter} seconds.`, fields: { retryAfter } });
