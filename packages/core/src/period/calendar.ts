import { dayMs } from "../clock.ts";
import type { Boundaries } from "./boundaries.ts";
import type { CalendarCycle } from "./cycle.ts";
import { daysInMonth, midnightOf } from "./gregorian.ts";
import { instantOf, wallTimeAt } from "./time-zone.ts";

/**
 * Months and years by the customer's calendar. The anchor's day is kept for ever and a shorter month takes its last day:
 * 31 January, 28 or 29 February, 31 March; 29 February, 28 February …, 29 February of the next leap year
 * (https://docs.stripe.com/billing/subscriptions/billing-cycle).
 */
export function calendarBoundaries({ anchor, unit, count = 1, timeZone = "UTC" }: CalendarCycle): Boundaries {
  const origin = anchor.getTime();
  const originWallTime = wallTimeAt(origin, timeZone);
  const face = new Date(originWallTime);
  const day = face.getUTCDate();
  const timeOfDay = originWallTime - Math.floor(originWallTime / dayMs) * dayMs;
  const months = unit === "year" ? 12 * count : count;
  const originMonth = monthNumber(face);

  const wallTimeOf = (index: number): number => {
    const number = originMonth + index * months;
    const year = Math.floor(number / 12);
    const month = number - year * 12;
    return midnightOf(year, month, Math.min(day, daysInMonth(year, month))) + timeOfDay;
  };

  return {
    // The anchor is an instant, and may be the second of a wall time that exists twice.
    startOf: (index) => (index === 0 ? origin : instantOf(wallTimeOf(index), timeZone)),
    // With the anchor's offset for the whole line: wrong only within hours (a day in Samoa) of a boundary.
    indexNear: (at) => {
      const wallTime = at + originWallTime - origin;
      const index = Math.floor((monthNumber(new Date(wallTime)) - originMonth) / months);
      return wallTimeOf(index) > wallTime ? index - 1 : index;
    },
  };
}

function monthNumber(face: Date): number {
  return face.getUTCFullYear() * 12 + face.getUTCMonth();
}
