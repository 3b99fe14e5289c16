/** The terms a subject is served on, as stored, and the usage period that follows from them. Nothing here writes a reset. */
import { type Interval, periodAt } from "@revops/core";
import type { PlanTier } from "../plans/tier.ts";
import type { Agreement, LimitSource } from "./agreement.ts";
import type { Entitlement, EntitlementStatus } from "./entitlement.ts";

/** What is stored of an entitlement. */
export interface StoredTerms {
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
  /** null is the version of the code. */
  readonly planVersion: string | null;
  readonly agreement: Agreement | null;
}

/** Stored terms with what follows from them and from the plans; see `resolve.ts`. */
export interface Terms extends StoredTerms {
  /** The tier that the subject really has: version, overrides, add-ons and grants put together. */
  readonly plan: PlanTier;
  /** By feature, what decided a limit that is not the plan's own. */
  readonly limitSources: Readonly<Record<string, LimitSource>>;
  /** The terms that follow by themselves at their `since` (a trial or a grant ends); null when none do. */
  readonly next: Terms | null;
}

/** The terms in force at an instant, of those and what follows from them by itself. */
export function termsAt(terms: Terms, at: Date): Terms {
  let present = terms;
  while (present.next !== null && at >= present.next.since) present = present.next;
  return present;
}

/**
 * The usage period an instant is in: computed, so that nothing has to run for usage to start at zero.
 *
 * Inside the period that Stripe told, it is that one. Beyond its end, where Stripe has not spoken yet, it is reckoned from
 * Stripe's anchor by Stripe's rule (the engine in core), so it is the period that Stripe will tell. An upgrade cuts the
 * period it falls into: usage counts from the change on.
 */
export function usagePeriod(given: Terms, at: Date): Interval {
  const terms = termsAt(given, at);
  const { start, end } = billingPeriod(terms, at);
  const cut = terms.usageSince > start && terms.usageSince <= at;
  return { start: cut ? terms.usageSince : start, end };
}

/** The period that a tier's price is for: the usage period before an upgrade cuts it. */
export function billingPeriod({ interval, anchor, billedStart, billedEnd }: Terms, at: Date): Interval {
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
export function entitlementAt(given: Terms, at: Date): Entitlement {
  const terms = termsAt(given, at);
  const { subjectId, tier, status, version, since, interval, anchor, billedStart, billedEnd } = terms;
  const { plan, planVersion, agreement } = terms;
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
    plan,
    planVersion,
    pinned: agreement?.pinned === true,
    scheduled: scheduledOf(agreement),
    addOns: (agreement?.addOns ?? []).map(({ addOn: { id, name, price }, quantity }) => ({
      id,
      name,
      price,
      quantity,
    })),
    grants: agreement?.grants ?? [],
  };
}

function scheduledOf(agreement: Agreement | null): Entitlement["scheduled"] {
  const scheduled = agreement?.scheduled;
  return scheduled ? { ...scheduled, at: new Date(scheduled.at) } : null;
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
