/** How use went over time: what a chart shows. Read from roll-ups, never from events. */
import { bucketStart, dayMs, hourMs, scaledToNumber } from "@revops/core";
import type { Handle } from "@revops/database";
import { saasErrors } from "../errors.ts";
import { hourOf, type Span, spans } from "../metering/buckets.ts";
import type { PlanFeature } from "../plans/feature.ts";
import { bucketsBetween, countersOf } from "./store.ts";

/** Which stretch of a subject's use of a feature. */
export interface HistoryRequest {
  readonly subjectId: string;
  readonly feature: string;
  /** Included, and moved back to the start of its hour or day. 30 days (hours: 2 days) before `to` if left out. */
  readonly from?: Date | undefined;
  /** Excluded. Now if left out. */
  readonly to?: Date | undefined;
  /** Days if left out. */
  readonly interval?: "hour" | "day" | undefined;
  /** The IANA zone whose days are meant; UTC if left out. An hour of UTC belongs to the day that it begins in. */
  readonly timeZone?: string | undefined;
}

/** One bar of the chart. */
export interface HistoryPoint {
  /** Where the hour or day starts. */
  readonly at: Date;
  /** How the balance changed in it, by the time the events happened, in the feature's unit. */
  readonly quantity: number;
}

/** More points than a screen has columns are no chart. */
const mostPoints = 1_000;
/** Days of another zone are made of hours: a hundred days of them are 2,400 rows. */
const mostZonedDays = 100;

/** @throws `invalid_range`, and `unknown_time_zone` */
export async function readHistory(
  handle: Handle,
  request: Omit<HistoryRequest, "feature">,
  feature: PlanFeature,
  now: Date,
): Promise<HistoryPoint[]> {
  const { subjectId, interval = "day", timeZone = "UTC" } = request;
  const startOf = (at: number) => bucketStart(interval, new Date(at), timeZone).getTime();
  const { from, to } = rangeOf(request, interval, startOf, now);
  const starts = startsBetween(from, to, interval, startOf);
  // Some zones have UTC's days for a part of the year.
  const zoned = interval === "day" && starts.some((start) => start % dayMs !== 0);
  const span = interval === "hour" || zoned ? spans.hour : spans.day;
  if (zoned && to - from > mostZonedDays * dayMs) {
    throw invalidRange(`Days of another zone than UTC are given for at most ${mostZonedDays} days.`);
  }
  const totals = new Map(starts.map((start) => [start, 0]));
  for (const { start, quantity } of await changesBetween(handle, { subjectId, feature, span, from, to })) {
    const bucket = startOf(start);
    const total = totals.get(bucket);
    if (total !== undefined) totals.set(bucket, total + quantity);
  }
  return [...totals].map(([at, quantity]) => ({
    at: new Date(at),
    quantity: scaledToNumber(quantity, feature.decimals),
  }));
}

function rangeOf(
  { from, to }: Pick<HistoryRequest, "from" | "to">,
  interval: "hour" | "day",
  startOf: (at: number) => number,
  now: Date,
): { from: number; to: number } {
  const end = (to ?? now).getTime();
  const begin = from?.getTime() ?? end - (interval === "hour" ? 2 : 30) * dayMs;
  if (Number.isNaN(end) || Number.isNaN(begin)) throw invalidRange("The range has an Invalid Date.");
  if (begin >= end) throw invalidRange("A range starts before it ends.");
  if (end - begin > mostPoints * (interval === "hour" ? hourMs : dayMs)) {
    throw invalidRange(`A history has at most ${mostPoints} ${interval}s.`);
  }
  return { from: startOf(begin), to: end };
}

function startsBetween(from: number, to: number, interval: "hour" | "day", startOf: (at: number) => number): number[] {
  const starts: number[] = [];
  // A day of a zone has 23 to 25 hours, so the next one is found from its middle.
  const step = interval === "hour" ? hourMs : dayMs * 1.5;
  for (let start = from; start < to; start = startOf(start + step)) starts.push(start);
  return starts;
}

/** The changes of all balances of a feature: rows of the history, and the hour that each balance is counting now. */
async function changesBetween(
  handle: Handle,
  { subjectId, feature, ...range }: { subjectId: string; feature: PlanFeature; span: Span; from: number; to: number },
): Promise<{ readonly start: number; readonly quantity: number }[]> {
  const counters = await countersOf(handle, subjectId, feature.id);
  const open = counters.flatMap(({ hour, hourQuantity }) => {
    const start = hour === null ? Number.NaN : hour.getTime();
    return start >= hourOf(range.from) && start < range.to ? [{ start, quantity: hourQuantity }] : [];
  });
  const keys = counters.map(({ key }) => key);
  return [...(await bucketsBetween(handle, keys, range)), ...open];
}

function invalidRange(detail: string) {
  return saasErrors.invalid_range({ detail });
}
