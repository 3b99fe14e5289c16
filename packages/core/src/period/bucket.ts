import { dayMs, hourMs } from "../clock.ts";
import { timeOf } from "./cycle.ts";
import { isUtc, lastClockChange, offsetAt, startOfLocalDay } from "./time-zone.ts";

/** The intervals of a usage history. */
export type BucketInterval = "hour" | "day";

/**
 * The start of the hour or day that an instant is counted under, by the clock of `timeZone` (UTC by default).
 *
 * An hour starts on the local full hour (at :15 UTC in Kathmandu) or where the clock was changed within it, so the hour
 * that comes twice in autumn is two buckets. A day starts at its first instant: 01:00 where the clock skips midnight.
 *
 * @throws `invalid_time`, `unknown_time_zone`
 * @example bucketStart("day", event.occurredAt, "America/Sao_Paulo")
 */
export function bucketStart(interval: BucketInterval, at: Date, timeZone = "UTC"): Date {
  const time = timeOf(at);
  if (isUtc(timeZone)) return new Date(floorTo(time, interval === "hour" ? hourMs : dayMs));
  return new Date(interval === "hour" ? startOfLocalHour(time, timeZone) : startOfLocalDay(time, timeZone));
}

function startOfLocalHour(at: number, timeZone: string): number {
  const offset = offsetAt(at, timeZone);
  const start = floorTo(at + offset, hourMs) - offset;
  return offsetAt(start, timeZone) === offset ? start : lastClockChange(at, timeZone);
}

function floorTo(time: number, unit: number): number {
  return Math.floor(time / unit) * unit;
}
