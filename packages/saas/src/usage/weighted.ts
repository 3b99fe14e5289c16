/**
 * How much of a standing count was held for how long: gigabyte-hours. The level changes in steps, so what is asked for is a
 * sum: each change times the time that it has lasted. Exact, in whole seconds, from the roll-ups.
 */
import { dayMs, hourMs, secondMs } from "@revops/core";
import type { Handle } from "@revops/database";
import { saasErrors } from "../errors.ts";
import { hourOf, spans } from "../metering/buckets.ts";
import { counterKey, eventKeyPrefix } from "../metering/keys.ts";
import type { PlanFeature } from "../plans/feature.ts";
import { bucketsBetween, eventsOf } from "./store.ts";

/** Which standing count, over which time. */
export interface WeightedRequest {
  readonly subjectId: string;
  readonly feature: string;
  readonly from: Date;
  readonly to: Date;
}

/** What was held for how long. */
export interface WeightedUsage {
  /** Unit-hours as decimal text, rounded half up at the ninth place. */
  readonly hours: string;
  /** Exactly: in the feature's smallest unit, times seconds. */
  readonly smallestUnitSeconds: bigint;
}

/** @throws `feature_not_counted` (what is not a standing count), `invalid_range` */
export function checkWeighted(feature: PlanFeature, { from, to }: WeightedRequest): void {
  if (feature.kind !== "allocated") {
    throw saasErrors.feature_not_counted({ detail: `"${feature.id}" is no standing count, so nothing of it is held.` });
  }
  if (from.getTime() <= to.getTime()) return;
  throw saasErrors.invalid_range({ detail: "A range starts before it ends." });
}

const noPeriod = new Date(0);
const pageSize = 1_000;

/** Unit-seconds in the feature's smallest unit, from `from` to `to` (excluded). */
export async function heldBetween(
  handle: Handle,
  subjectId: string,
  feature: PlanFeature,
  { from, to }: { readonly from: Date; readonly to: Date },
): Promise<bigint> {
  const until = (at: Date) => heldUntil(handle, subjectId, feature, Math.floor(at.getTime() / secondMs) * secondMs);
  return (await until(to)) - (await until(from));
}

/** Unit-seconds since the beginning: days that are over, hours of the day that is not, events of the hour that is not. */
async function heldUntil(handle: Handle, subjectId: string, feature: PlanFeature, end: number): Promise<bigint> {
  const key = counterKey(subjectId, feature.id, noPeriod);
  const [day, hour] = [Math.floor(end / dayMs) * dayMs, hourOf(end)];
  const read = (span: (typeof spans)[keyof typeof spans], from: number, to: number) =>
    bucketsBetween(handle, [key], { span, from, to });
  let held = 0n;
  for (const { start, quantity, moment } of [
    ...(await read(spans.day, 0, day)),
    ...(await read(spans.hour, day, hour)),
  ]) {
    held += BigInt(quantity) * BigInt((end - start) / secondMs) - moment;
  }
  const touched = await read(spans.hour, hour, hour + hourMs);
  return touched.length === 0 ? held : held + (await heldWithin(handle, subjectId, feature, hour, end));
}

/** The share of the events within an hour. Reads the subject's events, which only an hour that has any makes necessary. */
async function heldWithin(
  handle: Handle,
  subjectId: string,
  feature: PlanFeature,
  from: number,
  to: number,
): Promise<bigint> {
  const filter = { feature: feature.id, periodStart: noPeriod, from, to };
  let held = 0n;
  for (let after: Buffer | undefined; ; ) {
    const events = await eventsOf(handle, subjectId, eventKeyPrefix(subjectId), filter, { after, limit: pageSize });
    for (const { quantity, counts, occurredAt } of events) {
      const second = Math.floor(occurredAt.getTime() / secondMs) * secondMs;
      if (counts) held += BigInt(quantity) * BigInt((to - second) / secondMs);
    }
    after = events.at(-1)?.key;
    if (events.length < pageSize) return held;
  }
}

/**
 * Unit-hours as decimal text, rounded half up at the ninth place.
 * @param held unit-seconds in units of 10^-decimals
 */
export function hoursText(held: bigint, decimals: number): string {
  const scale = 9;
  const divisor = 3_600n * 10n ** BigInt(decimals);
  const scaled = (held * 10n ** BigInt(scale) * 2n + divisor) / (2n * divisor);
  const digits = scaled.toString().padStart(scale + 1, "0");
  const fraction = digits.slice(-scale).replace(/0+$/, "");
  return `${digits.slice(0, -scale)}${fraction === "" ? "" : `.${fraction}`}`;
}
