/** Questions to one period, or to any half-open interval such as a period that Stripe dictates. */
import { dayMs } from "../clock.ts";
import { type Interval, timeOf } from "./cycle.ts";
import { wallTimeAt } from "./time-zone.ts";

/** Whether an instant belongs to an interval: its start does, its end does not. */
export function contains(interval: Interval, at: Date): boolean {
  const time = timeOf(at);
  return time >= interval.start.getTime() && time < interval.end.getTime();
}

/**
 * Whole days until the interval ends, rounded up: 1 in the last 24 hours, 0 from the end on, all of them before the start.
 * Days are those of a calendar in `timeZone` (UTC by default): with the cycle's own zone, April has 30 of them also where
 * the clock changes in it.
 * @throws `invalid_time`, `unknown_time_zone`
 */
export function daysRemaining(interval: Interval, at: Date, timeZone = "UTC"): number {
  const from = Math.max(timeOf(at), interval.start.getTime());
  const to = interval.end.getTime();
  if (from >= to) return 0;
  // An hour put back at the very end may leave no wall time at all, yet the interval is not over.
  return Math.max(1, Math.ceil((wallTimeAt(to, timeZone) - wallTimeAt(from, timeZone)) / dayMs));
}

/** A fraction whose division is left to exact arithmetic. */
export interface ElapsedFraction {
  /** Milliseconds from the start, never below 0 nor above `totalMs`. */
  readonly elapsedMs: number;
  /** Length of the interval in milliseconds. */
  readonly totalMs: number;
}

/**
 * How much of an interval has passed, for proration: two integers, since their quotient is no exact number.
 * @example
 * const { elapsedMs, totalMs } = fractionElapsed(period, clock.now());
 * const unusedCents = (BigInt(priceCents) * BigInt(totalMs - elapsedMs)) / BigInt(totalMs);
 */
export function fractionElapsed(interval: Interval, at: Date): ElapsedFraction {
  const totalMs = interval.end.getTime() - interval.start.getTime();
  const elapsedMs = Math.min(Math.max(timeOf(at) - interval.start.getTime(), 0), totalMs);
  return { elapsedMs, totalMs };
}
