/** Standing counts over time: who held how many for how long. */
import { type Decimal, decimal, type Interval } from "@revops/core";
import { seconds } from "./proration.ts";

/** A change of a standing count, in the feature's smallest unit. */
export interface Change {
  readonly at: Date;
  readonly quantity: number;
}

/** A count within a period: what it was at its start, and how it changed, in order. */
export interface Timeline {
  readonly period: Interval;
  readonly start: number;
  readonly changes: readonly Change[];
}

/** The most that was held at once. */
export function peakOf({ start, changes }: Timeline): number {
  let [held, peak] = [start, start];
  for (const { quantity } of changes) {
    held += quantity;
    peak = Math.max(peak, held);
  }
  return peak;
}

/** Σ count × seconds, in smallest units: an integer, whatever the length. */
export function heldSeconds({ period, start, changes }: Timeline): bigint {
  const end = seconds(period.end);
  let [held, since, sum] = [start, seconds(period.start), 0n];
  for (const { at, quantity } of changes) {
    // Recorded by an instance whose clock ran behind or ahead: never outside of the period, never back in time.
    const now = Math.min(Math.max(seconds(at), since), end);
    sum += BigInt(held) * BigInt(now - since);
    held += quantity;
    since = now;
  }
  return sum + BigInt(held) * BigInt(end - since);
}

/** What was held beyond the included, in smallest units times seconds, and how long the period is. */
export function unitSeconds(timeline: Timeline, included: number): { readonly held: bigint; readonly of: number } {
  const { period } = timeline;
  const of = Math.max(seconds(period.end) - seconds(period.start), 1);
  return { held: heldSeconds(beyond(timeline, included)), of };
}

/** What is above the included ones, at every moment: an empty seat of today pays for none of tomorrow. */
function beyond({ period, start, changes }: Timeline, included: number): Timeline {
  let held = start;
  let above = Math.max(held - included, 0);
  const first = above;
  const rest = changes.map(({ at, quantity }) => {
    held += quantity;
    const next = Math.max(held - included, 0);
    const change = { at, quantity: next - above };
    above = next;
    return change;
  });
  return { period, start: first, changes: rest };
}

/** Decimals of a quantity of unit-hours: it is rounded half up, since an hour has 3,600 seconds. */
const hoursDecimals = 6;

/** What was held, in the feature's unit times hours. */
export function unitHours(timeline: Timeline, decimals: number): Decimal {
  return quotient(heldSeconds(timeline), 3_600n, hoursDecimals).times(decimal(`1e-${decimals}`));
}

/** To so many decimals, rounded half up; neither is negative. */
export function quotient(dividend: bigint, divisor: bigint, decimals: number): Decimal {
  const finest = (dividend * 10n ** BigInt(decimals) * 2n + divisor) / (2n * divisor);
  return decimal(finest).times(decimal(`1e-${decimals}`));
}
