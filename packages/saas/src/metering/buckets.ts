/** The history's buckets: hours and days of UTC. Pure. */
import { dayMs, hourMs, secondMs } from "@revops/core";

/** Seconds of a bucket. */
export const spans = { hour: 3_600, day: 86_400 } as const;
export type Span = (typeof spans)[keyof typeof spans];

/** How a balance changed within an hour. */
export interface Change {
  quantity: number;
  /** For a standing count: each change times the whole seconds since the bucket's start. Leaves the safe integers. */
  moment: bigint;
}

/** What a row of the history gains. */
export interface BucketGain extends Change {
  readonly span: Span;
  /** Epoch milliseconds. */
  readonly start: number;
}

/** The start of the hour that an instant is in. All in epoch milliseconds. */
export function hourOf(time: number): number {
  return Math.floor(time / hourMs) * hourMs;
}

/** Adds a change at an instant; with its moment, if how long it lasts is ever asked. */
export function addChange(changes: Map<number, Change>, time: number, quantity: number, lasts: boolean): void {
  const hour = hourOf(time);
  const change = changes.get(hour) ?? { quantity: 0, moment: 0n };
  changes.set(hour, change);
  change.quantity += quantity;
  if (lasts) change.moment += BigInt(quantity) * BigInt(Math.floor((time - hour) / secondMs));
}

/** The rows that changes by the hour go to: each hour's own, and those of their days. */
export function bucketGains(changes: ReadonlyMap<number, Change>, lasts: boolean): BucketGain[] {
  const gains: BucketGain[] = [];
  const days = new Map<number, BucketGain>();
  for (const [hour, { quantity, moment }] of changes) {
    if (quantity === 0 && moment === 0n) continue;
    gains.push({ span: spans.hour, start: hour, quantity, moment });
    const start = Math.floor(hour / dayMs) * dayMs;
    const day = days.get(start) ?? { span: spans.day, start, quantity: 0, moment: 0n };
    days.set(start, day);
    day.quantity += quantity;
    if (lasts) day.moment += moment + BigInt(quantity) * BigInt((hour - start) / secondMs);
  }
  return [...gains, ...days.values()];
}
