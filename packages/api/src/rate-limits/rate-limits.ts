import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { apiErrors } from "../problems/errors.ts";

/** `credential`: one API key or session; `address`: who shows none, or a wrong one. */
export type RatePolicy = "credential" | "address";

/** Whose bucket a request is taken from. */
export interface RateBucket {
  readonly policy: RatePolicy;
  readonly key: string;
}

/** What a taken request leaves behind. */
export interface RateVerdict {
  readonly allowed: boolean;
  /** The header fields to answer with: draft-ietf-httpapi-ratelimit-headers-10. */
  readonly headers: Readonly<Record<string, string>>;
  /** Seconds until the bucket is full again. */
  readonly retryAfter: number;
}

export interface RateLimits {
  /** Takes one request; null when nothing is limited. */
  take(bucket: RateBucket): Promise<RateVerdict | null>;
}

const windowSeconds = 60;

/** @param perMinute requests per bucket in a window of 60 seconds that starts with the first; 0 switches the limit off */
export function createRateLimits({ perMinute }: { readonly perMinute: number }): RateLimits {
  if (!Number.isInteger(perMinute) || perMinute < 0) {
    throw new RangeError("rateLimitPerMinute is a whole number, 0 = off");
  }
  if (perMinute === 0) return { take: async () => null };
  const limiterOf = (points: number) => ({
    points,
    limiter: new RateLimiterMemory({ points, duration: windowSeconds }),
  });
  const limiters: Record<RatePolicy, ReturnType<typeof limiterOf>> = {
    credential: limiterOf(perMinute),
    address: limiterOf(perMinute),
  };
  return {
    async take({ policy, key }) {
      const { points, limiter } = limiters[policy];
      const { allowed, state } = await consume(limiter, key);
      const seconds = Math.max(1, Math.ceil(state.msBeforeNext / 1000));
      return {
        allowed,
        retryAfter: seconds,
        headers: {
          "RateLimit-Policy": `"${policy}";q=${points};w=${windowSeconds}`,
          RateLimit: `"${policy}";r=${state.remainingPoints};t=${seconds}`,
        },
      };
    },
  };
}

/** The limiter rejects with its state when the bucket is empty, and with an error when it fails. */
async function consume(limiter: RateLimiterAbstract, key: string) {
  try {
    return { allowed: true, state: await limiter.consume(key) };
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) return { allowed: false, state: refusal };
    throw refusal;
  }
}

/** The error of a refused request. */
export const rateLimited = ({ retryAfter }: RateVerdict) =>
  apiErrors.rate_limited({ detail: `Try again in ${retryAfter} seconds.`, fields: { retryAfter } });
