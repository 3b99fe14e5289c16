/**
 * What has become of credits since they were last looked at: computed, never swept. Grants that ended lapse and roll over, and
 * each period that began brings its plan's credits. Pure over what was read, so that a reader computes the same and a writer
 * books it.
 */
import type { Interval } from "@revops/core";
import { earlier, later } from "../entitlements/terms.ts";
import { book, closeGrant, type Grant, type LiveGrant, openGrant, type Rollover } from "./grant.ts";

/** What a tier brings each period, in the pool's smallest unit. */
export interface PlanCredits {
  readonly account: string;
  readonly amount: number;
  readonly priority: number;
  readonly rollover: Rollover | null;
}

export interface SettlingOptions {
  readonly subjectId: string;
  readonly now: Date;
  readonly plan: readonly PlanCredits[];
  /** The present usage period. */
  readonly present: Interval;
  /** When the present terms took effect; what those before brought was written down then. */
  readonly since: Date;
  /** The usage period that an instant is in, by the present terms; null for one before they took effect. */
  readonly periodOf: (at: Date) => Interval | null;
  readonly keyOf: (grantId: string) => Buffer;
  /**
   * Of the terms. It is part of the ids of a plan's credits: a tier that is left and bought again within one instant, or by a
   * clock that is behind, begins the same period twice, and what it brought the first time has ended.
   */
  readonly version: number;
}

const dayMs = 86_400_000;

/**
 * Brings the grants of a subject up to date. Gives them back with those that began.
 *
 * @param grants all that are not closed
 */
export function settleGrants(grants: readonly LiveGrant[], options: SettlingOptions): LiveGrant[] {
  const all = [...grants];
  const { plan, now } = options;
  for (const grant of grants) {
    const over = grant.expiresAt !== null && grant.expiresAt <= now;
    if (over && !grant.ofPlan && grant.closedAt === null) all.push(...lapse(grant, options));
  }
  const accounts = new Set([
    ...plan.map(({ account }) => account),
    ...grants.filter(isOfPlan).map(({ account }) => account),
  ]);
  for (const account of accounts) settlePool(account, all, options);
  for (const grant of all) {
    // A rollover may itself have ended before anybody looked.
    if (grant.closedAt === null && grant.expiresAt !== null && grant.expiresAt <= now) {
      closeGrant(grant, "expiry", later(grant.expiresAt, grant.effectiveAt));
    }
  }
  return all;
}

const isOfPlan = ({ ofPlan, closedAt }: LiveGrant) => ofPlan && closedAt === null;
/** Of a plan, and not over by itself: what was taken back keeps its period from bringing the same again. */
const wasBrought = ({ ofPlan, closedBy }: LiveGrant) => ofPlan && closedBy !== "expiry";

/** The end of a grant that somebody gave: what it allows is carried over once. */
function lapse(grant: LiveGrant, { keyOf }: SettlingOptions): LiveGrant[] {
  const { expiresAt, rollover, remaining } = grant;
  if (expiresAt === null) return [];
  const carried = rollover === null ? 0 : Math.min(remaining, rollover.cap ?? remaining);
  const next: LiveGrant[] = [];
  if (carried > 0 && rollover?.days != null) {
    const id = `${grant.id}+rollover`;
    book(grant, { kind: "rollover", quantity: -carried, units: 0, counterKey: null, at: expiresAt });
    const { subjectId, account, priority } = grant;
    const lasts = new Date(expiresAt.getTime() + rollover.days * dayMs);
    const terms = { subjectId, account, priority, ofPlan: false, rollover: null } as const;
    next.push(
      openGrant(
        { ...terms, id, key: keyOf(id), source: "rollover", amount: carried, effectiveAt: expiresAt, expiresAt: lasts },
        "rollover",
        expiresAt,
      ),
    );
  }
  closeGrant(grant, "expiry", expiresAt);
  return next;
}

/** The credits of a plan's pool: one grant each period, and one for what was carried over into it. */
function settlePool(account: string, all: LiveGrant[], options: SettlingOptions): void {
  const { plan, present, since, periodOf } = options;
  const given = plan.find((credits) => credits.account === account);
  const ofPool = () => all.filter((grant) => isOfPlan(grant) && grant.account === account);
  const brought = all.filter((grant) => wasBrought(grant) && grant.account === account);
  // Also by an instance whose clock is ahead of ours, in a period that is the next one to us.
  const begun = brought.filter(({ effectiveAt }) => effectiveAt >= present.start);
  if (begun.length > 0) {
    for (const grant of begun) endWith(grant, present);
    return;
  }
  // From the last period that anybody looked at, period by period, until nothing changes any more or the present is reached.
  let edge = earlier(endOf(brought) ?? since, present.start);
  let before = -1;
  for (;;) {
    const left = ofPool().reduce((sum, { remaining }) => sum + remaining, 0);
    const reached = edge >= present.start || left === before || given === undefined;
    const period = (reached ? null : periodOf(edge)) ?? present;
    const into = period.start < present.start ? { start: edge, end: period.end } : present;
    const carried = carryOver(ofPool(), edge, into, options);
    if (given) all.push(planGrant(given, into, options));
    if (carried) all.push(carried);
    if (into === present) return;
    before = left;
    edge = into.end;
  }
}

/** Credits end with their period: Stripe may tell another end of it than the one that was reckoned. */
function endWith(grant: LiveGrant, { start, end }: Interval): void {
  const moved = grant.effectiveAt.getTime() === start.getTime() && grant.expiresAt?.getTime() !== end.getTime();
  if (!moved || grant.closedAt !== null) return;
  grant.expiresAt = end;
  grant.touched = true;
}

/** Where the last credits of a pool ended: with their period, or when another one began before (an upgrade). */
function endOf(grants: readonly LiveGrant[]): Date | null {
  const ends = grants.flatMap(({ expiresAt }) => (expiresAt === null ? [] : [expiresAt]));
  return ends.length === 0 ? null : ends.reduce(later);
}

/** Ends the grants of a period and begins the one that holds what is carried over. */
function carryOver(
  grants: readonly LiveGrant[],
  edge: Date,
  into: Interval,
  { subjectId, keyOf, version }: SettlingOptions,
): LiveGrant | null {
  const from = grants.find(({ rollover }) => rollover !== null);
  const cap = from?.rollover?.cap;
  const left = grants.reduce((sum, { remaining }) => sum + remaining, 0);
  let carry = cap === undefined ? 0 : Math.min(left, cap ?? left);
  const amount = carry;
  for (const grant of grants) {
    const part = Math.min(carry, grant.remaining);
    if (part > 0) book(grant, { kind: "rollover", quantity: -part, units: 0, counterKey: null, at: edge });
    carry -= part;
    closeGrant(grant, "expiry", edge);
  }
  if (!from || amount === 0) return null;
  const id = `rollover:${from.account}:${into.start.toISOString()}:${version}`;
  const { account, priority, rollover } = from;
  const { start: effectiveAt, end: expiresAt } = into;
  const carried: Grant = {
    ...{ key: keyOf(id), subjectId, id, account, priority, rollover },
    ...{ source: "rollover", ofPlan: true, amount, effectiveAt, expiresAt },
  };
  return openGrant(carried, "rollover", into.start);
}

function planGrant({ account, amount, priority, rollover }: PlanCredits, period: Interval, options: SettlingOptions) {
  const id = `plan:${account}:${period.start.toISOString()}:${options.version}`;
  const { start: effectiveAt, end: expiresAt } = period;
  const grant: Grant = {
    ...{ key: options.keyOf(id), subjectId: options.subjectId, id, account, priority, rollover },
    ...{ source: "plan", ofPlan: true, amount, effectiveAt, expiresAt },
  };
  return openGrant(grant, "grant", effectiveAt);
}
