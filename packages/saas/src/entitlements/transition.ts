/** How terms follow one another. Pure: the same words of Stripe said twice change nothing the second time. */
import { saasErrors } from "../errors.ts";
import type { Plans } from "../plans/plans.ts";
import type { BillingPeriod, EntitlementStatus } from "./entitlement.ts";
import { earlier, later, type Terms } from "./terms.ts";

/**
 * What a subscription's status means for what was bought (https://docs.stripe.com/billing/subscriptions/overview):
 * `past_due` keeps the tier while Stripe tries the payment again; when Stripe gives up, the status becomes `unpaid` or
 * `canceled` and the tier is gone. `incomplete` is a first payment that has not succeeded: nothing is granted yet, and
 * nothing that was granted otherwise is taken away.
 */
const effects: Readonly<Record<EntitlementStatus, "grant" | "wait" | "withdraw">> = {
  active: "grant",
  trialing: "grant",
  past_due: "grant",
  incomplete: "wait",
  incomplete_expired: "withdraw",
  unpaid: "withdraw",
  paused: "withdraw",
  canceled: "withdraw",
};

export interface Assignment {
  readonly tier: string;
  readonly status: EntitlementStatus;
  readonly period?: BillingPeriod | undefined;
}

/** The first terms of a subject: the base tier, in 30-day cycles from `at`. */
export function openingTerms(subjectId: string, plans: Plans, at: Date): Terms {
  return { ...baseTerms(plans, at), subjectId, version: 1 };
}

/** The terms after an assignment; the same object when it changes nothing. */
export function assignedTerms(current: Terms, assignment: Assignment, plans: Plans, now: Date): Terms {
  const { status, period } = assignment;
  const tier = plans.tier(assignment.tier).id;
  if (period) checkPeriod(period);
  if (effects[status] === "wait") return current;
  if (effects[status] === "withdraw") return endedTerms(current, plans, now);

  const upgrade = plans.canUpgrade(current.tier, tier);
  // Stripe's clock may be ahead: usage counts from the later one, so that a second delivery finds the same period.
  const since = upgrade && period ? later(now, period.start) : now;
  const next: Terms = {
    ...current,
    ...cycleOf(current, period, upgrade, now),
    tier,
    status,
    usageSince: upgrade ? since : current.usageSince,
  };
  return sameTerms(current, next) ? current : { ...next, since, version: current.version + 1 };
}

/** The terms after the subscription's end; the same object for a subject that is on the base tier already. */
export function endedTerms(current: Terms, plans: Plans, now: Date, endedAt: Date = now): Terms {
  if (current.tier === plans.base.id && current.billedStart === null) return current;
  const at = later(earlier(endedAt, now), current.since);
  return { ...current, ...baseTerms(plans, at), version: current.version + 1 };
}

function baseTerms(plans: Plans, at: Date): Omit<Terms, "subjectId" | "version"> {
  return {
    tier: plans.base.id,
    status: "active",
    interval: "30_days",
    anchor: at,
    billedStart: null,
    billedEnd: null,
    usageSince: at,
    since: at,
  };
}

type TermsCycle = Pick<Terms, "interval" | "anchor" | "billedStart" | "billedEnd">;

/** Stripe's period where there is one; else the cycle stays, unless an upgrade starts a new one. */
function cycleOf(current: Terms, period: BillingPeriod | undefined, upgrade: boolean, now: Date): TermsCycle {
  if (period) {
    return { interval: period.interval, anchor: period.anchor, billedStart: period.start, billedEnd: period.end };
  }
  return upgrade ? { interval: "30_days", anchor: now, billedStart: null, billedEnd: null } : current;
}

function sameTerms(a: Terms, b: Terms): boolean {
  return (
    a.tier === b.tier &&
    a.status === b.status &&
    a.interval === b.interval &&
    a.anchor.getTime() === b.anchor.getTime() &&
    a.billedStart?.getTime() === b.billedStart?.getTime() &&
    a.billedEnd?.getTime() === b.billedEnd?.getTime()
  );
}

function checkPeriod({ anchor, interval, start, end }: BillingPeriod): void {
  const dates = [anchor, start, end].every((date) => !Number.isNaN(date.getTime()));
  if (dates && start < end && (interval === "month" || interval === "year")) return;
  throw saasErrors.invalid_period({ detail: "A period has an anchor, month or year, and starts before it ends." });
}
