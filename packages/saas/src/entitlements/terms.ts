/** The terms a subject is served on, as stored, and the usage period that follows from them. Nothing here writes a reset. */
import { type Interval, periodAt } from "@revops/core";
import type { Entitlement, EntitlementStatus } from "./entitlement.ts";

/** What is stored of an entitlement. */
export interface Terms {
  readonly subjectId: string;
  readonly version: number;
  readonly tier: string;
  readonly status: EntitlementStatus;
  readonly interval: "30_days" | "month" | "year";
  readonly anchor: Date;
  /** Stripe's last word on the period; both null where nobody is billed through Stripe. */
  readonly billedStart: Date | null;
  readonly billedEnd: Date | null;
  readonly usageSince: Date;
  readonly since: Date;
}

/**
 * The usage period an instant is in: computed, so that nothing has to run for usage to start at zero.
 *
 * Inside the period that Stripe told, it is that one. Beyond its end, where Stripe has not spoken yet, it is reckoned from
 * Stripe's anchor by Stripe's rule (the engine in core), so it is the period that Stripe will tell. An upgrade cuts the
 * period it falls into: usage counts from the change on.
 */
export function usagePeriod(terms: Terms, at: Date): Interval {
  const { start, end } = cyclePeriod(terms, at);
  const cut = terms.usageSince > start && terms.usageSince <= at;
  return { start: cut ? terms.usageSince : start, end };
}

function cyclePeriod({ interval, anchor, billedStart, billedEnd }: Terms, at: Date): Interval {
  if (interval === "30_days" || billedStart === null || billedEnd === null) {
    return periodAt({ kind: "fixed", days: 30, anchor }, at);
  }
  if (at >= billedStart && at < billedEnd) return { start: billedStart, end: billedEnd };
  const reckoned = periodAt({ kind: "calendar", unit: interval, anchor }, at);
  // Stripe's word may end off the anchor's beat (a trial): neighbours meet it without a gap or an overlap.
  return at < billedStart
    ? { start: reckoned.start, end: earlier(reckoned.end, billedStart) }
    : { start: later(reckoned.start, billedEnd), end: reckoned.end };
}

/** The terms as their reader sees them at an instant. */
export function entitlementAt(terms: Terms, at: Date): Entitlement {
  const { subjectId, tier, status, version, since, interval, anchor, billedStart, billedEnd } = terms;
  const billed = interval !== "30_days" && billedStart !== null && billedEnd !== null;
  return {
    subjectId,
    tier,
    status,
    version,
    since,
    cycle: billed
      ? { kind: "billed", billing: { anchor, interval, start: billedStart, end: billedEnd } }
      : { kind: "fixed", anchor, days: 30 },
    period: usagePeriod(terms, at),
  };
}

/** Now, but never before the terms took effect: another instance's clock may run a little ahead of ours. */
export function presentOf(terms: Terms, now: Date): Date {
  return later(now, terms.since);
}

export function later(a: Date, b: Date): Date {
  return a > b ? a : b;
}

export function earlier(a: Date, b: Date): Date {
  return a < b ? a : b;
}
