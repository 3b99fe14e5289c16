/** The periods that a subscription is paid for. */
import { type CalendarCycle, dayMs, periodAt } from "@revops/core";
import type { BillingInterval } from "../listings/listing.ts";

/** A period that is paid for. */
export interface PaidPeriod {
  readonly anchor: Date;
  readonly start: Date;
  readonly end: Date;
}

/** How long a licence goes on after an unpaid period began: as long as the charge is tried again. */
const graceMs = 7 * dayMs;

/** Days after the end of the period at which a refused charge is tried again; after the last, the subscription ends. */
const retryDays = [1, 3, 5];

export function firstPeriod(interval: BillingInterval, paidAt: Date): PaidPeriod {
  return periodFrom(interval, paidAt, paidAt);
}

/**
 * The period after the one that ends at `periodEnd`: it joins on, so that a charge that was late or tried again costs
 * nobody a day. After a longer standstill of ours it starts anew, since nobody is charged for what they did not have.
 */
export function followingPeriod(interval: BillingInterval, anchor: Date, periodEnd: Date, paidAt: Date): PaidPeriod {
  const lapsed = paidAt.getTime() - periodEnd.getTime() > graceMs;
  return lapsed ? firstPeriod(interval, paidAt) : periodFrom(interval, anchor, periodEnd);
}

function periodFrom(unit: BillingInterval, anchor: Date, at: Date): PaidPeriod {
  const cycle: CalendarCycle = { kind: "calendar", unit, anchor };
  const { start, end } = periodAt(cycle, at);
  return { anchor, start, end };
}

/** Until when the licence of a period is good. */
export const licensedUntil = ({ end }: { readonly end: Date }) => new Date(end.getTime() + graceMs);

/**
 * When a refused charge is tried again.
 * @param tries how often it was refused
 * @returns null when it is given up
 */
export function nextTry(periodEnd: Date, tries: number, now: Date): Date | null {
  const days = retryDays[tries - 1];
  if (days === undefined) return null;
  const planned = periodEnd.getTime() + days * dayMs;
  // Late already: a day from now, unless the licence is over by then.
  const at = planned > now.getTime() ? planned : now.getTime() + dayMs;
  return at > periodEnd.getTime() + graceMs ? null : new Date(at);
}
