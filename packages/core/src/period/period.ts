/**
 * The one period engine: quota, meter, invoice and analytics ask here when a period starts and ends. Pure functions of
 * their arguments, no clock inside. Periods are half-open, tile the whole line, and reach before the anchor too.
 */
import type { Boundaries } from "./boundaries.ts";
import { calendarBoundaries } from "./calendar.ts";
import { type Cycle, checkCycle, type Period, timeOf } from "./cycle.ts";
import { periodErrors } from "./errors.ts";
import { fixedBoundaries } from "./fixed.ts";

/**
 * The period an instant is in. Costs the same however far the anchor is: arithmetic for fixed and UTC cycles, three
 * conversions for another zone. A caller on a hot path keeps the period and asks {@link contains} first.
 *
 * @throws `invalid_cycle`, `invalid_time` (also beyond what a `Date` can hold), `unknown_time_zone`
 * @example
 * periodAt({ kind: "fixed", days: 30, anchor: user.createdAt }, clock.now())
 * periodAt({ kind: "calendar", unit: "month", anchor, timeZone: "Europe/Berlin" }, clock.now()).end // when usage resets
 */
export function periodAt(cycle: Cycle, at: Date): Period {
  const boundaries = boundariesOf(cycle);
  return locate(boundaries, timeOf(at));
}

/**
 * The period of an index: 0 starts at the anchor.
 * @throws `invalid_cycle`, `invalid_time` (the index is no integer, or the period is beyond what a `Date` can hold),
 *   `unknown_time_zone`
 */
export function periodByIndex(cycle: Cycle, index: number): Period {
  const boundaries = boundariesOf(cycle);
  if (!Number.isSafeInteger(index)) throw periodErrors.invalid_time({ detail: "A period's index is a whole number." });
  return periodOf(index, startOf(boundaries, index), startOf(boundaries, index + 1));
}

/** The period that starts where this one ends. Reckoned from the anchor, so that a short month never shortens the next. */
export function nextPeriod(cycle: Cycle, period: Period): Period {
  return periodByIndex(cycle, period.index + 1);
}

/** The period that ends where this one starts. */
export function previousPeriod(cycle: Cycle, period: Period): Period {
  return periodByIndex(cycle, period.index - 1);
}

/**
 * Every period that shares an instant with `[from, to)`, in order, made one at a time. The number is known before the
 * first is made, so a corrupt date costs an error instead of a loop without end.
 *
 * @throws `too_many_periods` (more than `limit`, 10,000 by default), `invalid_time` (`to` before `from`), and as {@link periodAt}
 * @example for (const period of periodsBetween(cycle, subscribedAt, clock.now())) await bill(period);
 */
export function periodsBetween(cycle: Cycle, from: Date, to: Date, limit = 10_000): Generator<Period, void> {
  const boundaries = boundariesOf(cycle);
  const [fromTime, toTime] = [timeOf(from), timeOf(to)];
  if (toTime < fromTime) throw periodErrors.invalid_time({ detail: "The range ends before it starts." });
  const first = locate(boundaries, fromTime);
  const last = toTime === fromTime ? first.index - 1 : locate(boundaries, toTime - 1).index;
  const count = last - first.index + 1;
  if (count > limit) {
    throw periodErrors.too_many_periods({ detail: `The range holds ${count} periods, at most ${limit} are allowed.` });
  }
  return walk(boundaries, first, last);
}

function* walk(boundaries: Boundaries, first: Period, last: number): Generator<Period, void> {
  let period = first;
  while (period.index <= last) {
    yield period;
    const index = period.index + 1;
    if (index > last) return;
    period = periodOf(index, period.end.getTime(), startOf(boundaries, index + 1));
  }
}

/** Guesses, then steps while the guess is beside the truth: at most one step, when the clock was changed near a boundary. */
function locate(boundaries: Boundaries, time: number): Period {
  let index = boundaries.indexNear(time);
  let start = startOf(boundaries, index);
  while (start > time) {
    index -= 1;
    start = startOf(boundaries, index);
  }
  let end = startOf(boundaries, index + 1);
  while (end <= time) {
    index += 1;
    start = end;
    end = startOf(boundaries, index + 1);
  }
  return periodOf(index, start, end);
}

function boundariesOf(cycle: Cycle): Boundaries {
  checkCycle(cycle);
  return cycle.kind === "fixed" ? fixedBoundaries(cycle) : calendarBoundaries(cycle);
}

function startOf(boundaries: Boundaries, index: number): number {
  const start = boundaries.startOf(index);
  // The bound of a Date, https://tc39.es/ecma262/#sec-timeclip; NaN fails the comparison too.
  if (Math.abs(start) <= 8.64e15) return start;
  throw periodErrors.invalid_time({ detail: "The period lies beyond the time that a date can hold." });
}

function periodOf(index: number, start: number, end: number): Period {
  // A caller may arrive at -0 by counting back, and -0 is not 0 to Object.is or to a database driver.
  return { index: index === 0 ? 0 : index, start: new Date(start), end: new Date(end) };
}
