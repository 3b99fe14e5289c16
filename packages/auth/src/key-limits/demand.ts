/** What one use of a key asks of its counters. Rate limits and the cap are the same counter, refilled in other ways. */
import { authErrors } from "../errors.ts";
import type { Origin } from "../origins/origin.ts";
import type { KeyLimits } from "./limits.ts";

/** A key's limits, and where they are counted: a key that replaces another goes on where that one was. */
export interface CountedLimits extends KeyLimits {
  readonly countedAs: string;
  /** Milliseconds since 1970: when the first of these keys was made. */
  readonly since: number;
}

/** Units of one counter. */
export interface Demand {
  readonly counter: string;
  /** The name that a refusal tells. */
  readonly name: string;
  readonly kind: "rate" | "cap";
  readonly units: number;
  readonly limit: number;
  /** How many come back with each period. */
  readonly refill: number;
  readonly period: number;
  /** When the next period begins; null when there is none. */
  readonly resetsAt: Date | null;
}

/** How much a use takes. */
export interface Use {
  /** Units of rate limits by name; one of each unless said otherwise. */
  readonly take?: Readonly<Record<string, number>> | undefined;
  /** Units of the cap; 1 unless said otherwise. */
  readonly cost?: number | undefined;
  /** Where the key came from, for the audit log if it is refused. */
  readonly origin?: Origin | undefined;
}

/** @throws `invalid_limits` when a limit is named that the key does not have, or units are no whole number */
export function demandsOf(limits: CountedLimits, { take, cost = 1 }: Use, now: Date): Demand[] {
  const { rateLimits, usageCap, countedAs, since } = limits;
  const demands: Demand[] = [];
  for (const name of Object.keys(take ?? rateLimits)) {
    const rate = Object.hasOwn(rateLimits, name) ? rateLimits[name] : undefined;
    if (!rate) throw authErrors.invalid_limits({ detail: "The key has no rate limit of this name." });
    const units = take?.[name] ?? 1;
    const { limit } = rate;
    const counter = `${countedAs}/${name}`;
    demands.push({ counter, name, kind: "rate", units, limit, refill: limit, ...periodAt(now, 0, rate.windowSeconds) });
  }
  if (usageCap) {
    const { limit, refill } = usageCap;
    const period = refill ? periodAt(now, since, refill.everySeconds) : { period: 0, resetsAt: null };
    const cap = { counter: `${countedAs}/`, name: "usage", kind: "cap", units: cost, limit } as const;
    demands.push({ ...cap, refill: refill?.amount ?? 0, ...period });
  }
  for (const { units } of demands) {
    if (Number.isSafeInteger(units) && units >= 0) continue;
    throw authErrors.invalid_limits({ detail: "A use takes a whole number of units." });
  }
  return demands.filter(({ units }) => units > 0);
}

function periodAt(now: Date, since: number, seconds: number): { period: number; resetsAt: Date } {
  const period = Math.max(0, Math.floor((now.getTime() - since) / (seconds * 1_000)));
  return { period, resetsAt: new Date(since + (period + 1) * seconds * 1_000) };
}
