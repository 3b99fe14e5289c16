/** The Gregorian calendar without time zones, on wall times: milliseconds of a clock face, read as if it were UTC. */

// The calendar repeats every 400 years.
const fourCenturiesMs = 146_097 * 86_400_000;

/** Midnight of a day as a wall time; `month` from 0. NaN where a `Date` cannot reach. */
export function midnightOf(year: number, month: number, day: number): number {
  // Date.UTC takes the years 0 to 99 for 1900 to 1999, so every year is moved into 2000–2399 and back.
  const cycles = Math.floor(year / 400);
  return Date.UTC(2000 + year - cycles * 400, month, day) + (cycles - 5) * fourCenturiesMs;
}

/** 28 to 31; `month` from 0. */
export function daysInMonth(year: number, month: number): number {
  if (month === 1) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 3 || month === 5 || month === 8 || month === 10 ? 30 : 31;
}
