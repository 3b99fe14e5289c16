/** What a key may be used for at most: named rate limits, and a cap on its use that may be refilled. */
import { authErrors } from "../errors.ts";

/** So much in each window; windows are aligned to 1970, UTC. */
export interface RateLimit {
  readonly limit: number;
  readonly windowSeconds: number;
}

/** So much in all; with a refill, `amount` of it comes back every so many seconds, counted from the making of the key. */
export interface UsageCap {
  readonly limit: number;
  readonly refill: { readonly amount: number; readonly everySeconds: number } | null;
}

export interface KeyLimits {
  readonly rateLimits: Readonly<Record<string, RateLimit>>;
  readonly usageCap: UsageCap | null;
}

/** What {@link readLimits} takes. */
export interface KeyLimitsInput {
  /** By name, 10 at most. */
  readonly rateLimits?: Readonly<Record<string, RateLimit>> | undefined;
  readonly usageCap?: { readonly limit: number; readonly refill?: UsageCap["refill"] | undefined } | null | undefined;
}

export const noLimits: KeyLimits = Object.freeze({ rateLimits: {}, usageCap: null });

const maxRateLimits = 10;
/** Far from where adding two would leave the whole numbers. */
const maxAmount = 1_000_000_000_000;
const maxSeconds = 366 * 86_400;

/** @throws `invalid_limits` */
export function readLimits({ rateLimits = {}, usageCap = null }: KeyLimitsInput): KeyLimits {
  const rates = Object.entries(rateLimits);
  if (rates.length > maxRateLimits) throw wrong(`A key has ${maxRateLimits} rate limits at most.`);
  for (const [name, rate] of rates) {
    const { limit, windowSeconds } = orWrong(rate);
    if (!/^[a-z][a-z0-9_.-]{0,49}$/.test(name))
      throw wrong("The name of a rate limit is lower case, 50 letters at most.");
    assertWhole(limit, maxAmount);
    assertWhole(windowSeconds, maxSeconds);
  }
  const read = rates.map(([name, { limit, windowSeconds }]) => [name, { limit, windowSeconds }]);
  return { rateLimits: Object.fromEntries(read), usageCap: usageCap === null ? null : readCap(orWrong(usageCap)) };
}

function readCap({ limit, refill = null }: NonNullable<KeyLimitsInput["usageCap"]>): UsageCap {
  assertWhole(limit, maxAmount);
  if (refill === null) return { limit, refill };
  const { amount, everySeconds } = orWrong(refill);
  assertWhole(amount, maxAmount);
  assertWhole(everySeconds, maxSeconds);
  return { limit, refill: { amount, everySeconds } };
}

function assertWhole(value: number, most: number): void {
  if (!Number.isSafeInteger(value) || value < 1 || value > most) {
    throw wrong(`A limit is a whole number from 1 to ${most}.`);
  }
}

/** What a stranger to TypeScript may pass in its place. */
function orWrong<Limit extends object>(limit: Limit): Limit {
  if (typeof limit !== "object" || limit === null) throw wrong("A limit is an object.");
  return limit;
}

const wrong = (detail: string) => authErrors.invalid_limits({ detail });
