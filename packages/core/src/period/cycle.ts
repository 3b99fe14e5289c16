/** What a customer's time is divided by, and what it is divided into. */
import { periodErrors } from "./errors.ts";

/** Periods of exactly `days` × 24 hours, counted from the anchor; the same in every time zone. */
export interface FixedCycle {
  readonly kind: "fixed";
  /** Whole days, 1 to 36,525 (a century). */
  readonly days: number;
  /** Where period 0 starts. */
  readonly anchor: Date;
}

/** Calendar months or years that keep the anchor's day and wall-clock time, as a person in `timeZone` reads them. */
export interface CalendarCycle {
  readonly kind: "calendar";
  readonly unit: "month" | "year";
  /** Every how many units a period starts, 1 to 1,200; 1 by default, 3 months for a quarter. */
  readonly count?: number;
  /** Where period 0 starts, to the millisecond. */
  readonly anchor: Date;
  /** The customer's IANA zone, such as `Asia/Kathmandu`; `UTC` by default. */
  readonly timeZone?: string;
}

/** How a subject's time is divided into periods. The JSON form of a cycle is the cycle, its anchor as ISO 8601. */
export type Cycle = FixedCycle | CalendarCycle;

/** A half-open stretch of time: `start` belongs to it, `end` is the first instant that does not. */
export interface Interval {
  readonly start: Date;
  readonly end: Date;
}

/** One period of a cycle. */
export interface Period extends Interval {
  /** 0 for the period that starts at the anchor, negative before it. */
  readonly index: number;
}

/** Refuses a cycle that no arithmetic can divide time by. Stored cycles pass here too: a bad row must not loop. */
export function checkCycle(cycle: Cycle): void {
  if (Number.isNaN(cycle.anchor.getTime()))
    throw periodErrors.invalid_cycle({ detail: "The anchor is an Invalid Date." });
  if (cycle.kind === "fixed") {
    checkCount(cycle.days, 36_525, "days");
  } else {
    if (cycle.unit !== "month" && cycle.unit !== "year") {
      throw periodErrors.invalid_cycle({ detail: "The unit of a calendar cycle is month or year." });
    }
    checkCount(cycle.count ?? 1, 1_200, "count");
  }
}

function checkCount(value: number, most: number, name: string): void {
  if (Number.isInteger(value) && value >= 1 && value <= most) return;
  throw periodErrors.invalid_cycle({ detail: `The cycle's ${name} must be a whole number from 1 to ${most}.` });
}

/** The epoch milliseconds of a valid date. */
export function timeOf(at: Date): number {
  const time = at.getTime();
  if (Number.isNaN(time)) throw periodErrors.invalid_time({ detail: "The time is an Invalid Date." });
  return time;
}
