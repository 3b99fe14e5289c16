/**
 * Between instants (epoch milliseconds) and the wall time of an IANA zone (milliseconds of its clock face, read as if it
 * were UTC). UTC costs nothing; other zones go through Temporal, some ten microseconds a conversion.
 */
import { Temporal } from "temporal-polyfill";
import { periodErrors } from "./errors.ts";

// Temporal also takes "+05:30" and whole timestamps for a zone; a customer's zone is a name, whose rules follow the law.
const zoneName = /^[A-Za-z][A-Za-z0-9._+-]*(?:\/[A-Za-z0-9._+-]+)*$/;

/** Whether the zone's wall time is the instant itself. */
export function isUtc(timeZone: string): boolean {
  return timeZone === "UTC" || timeZone === "Etc/UTC";
}

/** What a clock in the zone shows at an instant. */
export function wallTimeAt(at: number, timeZone: string): number {
  return isUtc(timeZone) ? at : at + offsetAt(at, timeZone);
}

/** The zone's distance from UTC at an instant, in milliseconds; positive in the east. */
export function offsetAt(at: number, timeZone: string): number {
  return isUtc(timeZone) ? 0 : zonedAt(at, timeZone).offsetNanoseconds / 1e6;
}

/**
 * When a clock in the zone shows a wall time. Temporal's "compatible" rule, the one of RFC 5545 §3.3.5: a time that exists
 * twice (autumn) is the earlier one, a time that does not exist (spring) is as much later as the clock was put forward.
 * NaN where a `Date` cannot reach.
 */
export function instantOf(wallTime: number, timeZone: string): number {
  if (isUtc(timeZone) || Number.isNaN(wallTime)) return wallTime;
  const face = new Date(wallTime);
  if (Number.isNaN(face.getTime())) return Number.NaN;
  try {
    return new Temporal.PlainDateTime(
      face.getUTCFullYear(),
      face.getUTCMonth() + 1,
      face.getUTCDate(),
      face.getUTCHours(),
      face.getUTCMinutes(),
      face.getUTCSeconds(),
      face.getUTCMilliseconds(),
    ).toZonedDateTime(timeZone, { disambiguation: "compatible" }).epochMilliseconds;
  } catch (error) {
    // The zone was known when the anchor was read through it: only the range is left.
    if (error instanceof RangeError) return Number.NaN;
    throw error;
  }
}

/** The first instant of the local day, which is not midnight where the clock is put forward at midnight. */
export function startOfLocalDay(at: number, timeZone: string): number {
  return zonedAt(at, timeZone).startOfDay().epochMilliseconds;
}

/** The instant at or before `at` when the zone's offset last changed. */
export function lastClockChange(at: number, timeZone: string): number {
  // "previous" is strictly before, and a change at `at` itself counts here.
  return zonedAt(at + 1, timeZone).getTimeZoneTransition("previous")?.epochMilliseconds ?? Number.NEGATIVE_INFINITY;
}

function zonedAt(at: number, timeZone: string): Temporal.ZonedDateTime {
  if (!zoneName.test(timeZone)) throw unknownZone(timeZone);
  try {
    return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone);
  } catch (cause) {
    if (cause instanceof RangeError) throw unknownZone(timeZone, cause);
    throw cause;
  }
}

function unknownZone(timeZone: string, cause?: RangeError) {
  return periodErrors.unknown_time_zone({ detail: `"${timeZone.slice(0, 64)}" is no IANA time zone.`, cause });
}
