/** How terms follow one another. Pure: the same words of Stripe said twice change nothing the second time. */
import { canonicalJson, dayMs, type Money } from "@revops/core";
import { saasErrors } from "../errors.ts";
import type { Catalog } from "../plans/catalog.ts";
import { canUpgrade, type PlanTier } from "../plans/tier.ts";
import type { Agreement, LostTier, ScheduledChange } from "./agreement.ts";
import type { BillingPeriod, EntitlementStatus } from "./entitlement.ts";
import { resolveTerms } from "./resolve.ts";
import { baseTerms, keptAfterEnd, lostTier, orNull } from "./scheduled.ts";
import { earlier, later, presentOf, type StoredTerms, type Terms, usagePeriod } from "./terms.ts";

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
  /** Stripe's; without it, the assignment is made by hand. */
  readonly period?: BillingPeriod | undefined;
  /** What Stripe charges for such a period; without it, what the tier costs. */
  readonly price?: Money | undefined;
  /** Not to be replaced by Stripe's word on a tier that is not a higher one. */
  readonly pinned?: boolean | undefined;
  /** A tier of this customer's own; `tier` is its id. */
  readonly customTier?: PlanTier | undefined;
  /** A trial ends then. */
  readonly until?: Date | undefined;
}

/** The first terms of a subject: the base tier, in 30-day cycles from `at`. */
export function openingTerms(subjectId: string, catalog: Catalog, at: Date): Terms {
  return resolveTerms(catalog, { ...baseTerms(catalog.current, at), subjectId, version: 1, agreement: null });
}

/** The terms after an assignment; the same object when it changes nothing. */
export function assignedTerms(current: Terms, assignment: Assignment, catalog: Catalog, now: Date): Terms {
  const { status, period, customTier } = assignment;
  const plans = catalog.current;
  if (period) checkPeriod(period);
  const lost = period && lostOf(current, assignment.tier);
  const bought = customTier ?? tierOf(current, assignment.tier, lost, catalog);
  const higher = canUpgrade(current.plan, bought);
  if (effects[status] === "wait") return current;
  const byStripe = period !== undefined;
  if (byStripe && current.agreement?.pinned && !(higher && effects[status] === "grant")) return current;
  if (effects[status] === "withdraw") return withdrawnTerms(current, status, catalog, now);
  if (status === "past_due" && current.agreement?.lapsed === bought.id) return current;

  // Never before the terms that they follow, which another clock may have dated: a period that nobody is in is never billed.
  const at = later(now, current.since);
  // Stripe's clock may be ahead: usage counts from the later one, so that a second delivery finds the same period.
  const since = higher && period ? later(at, period.start) : at;
  const same = bought.id === current.tier && customTier === undefined;
  const unpriced: StoredTerms = {
    ...storedOf(current),
    ...cycleOf(current, period, higher, at),
    tier: bought.id,
    status,
    usageSince: higher ? since : current.usageSince,
    planVersion: lost ? lost.planVersion : same ? current.planVersion : plans.version,
    agreement: agreementOf(current, assignment, { bought, same, lost, base: plans.base.id, now: at }),
  };
  const next = atPrice(unpriced, billedPriceOf(current, assignment), catalog);
  if (sameTerms(current, next)) return current;
  return goingOn(current, { ...next, since, version: current.version + 1 }, catalog);
}

/** What Stripe charges, by its own word; while a subscription goes on without a new one, by the last one. */
function billedPriceOf({ tier, billedStart, plan }: Terms, assignment: Assignment): Money | null {
  if (assignment.period) return assignment.price ?? null;
  return tier === assignment.tier && billedStart !== null ? plan.price : null;
}

/** Terms that say what is charged for them, where the tier of their version costs something else. */
function atPrice(terms: StoredTerms, billed: Money | null, catalog: Catalog): StoredTerms {
  const { billedPrice: _, ...agreement } = terms.agreement ?? {};
  const plans = catalog.of(terms.planVersion);
  if (agreement.customTier || !plans.isTier(terms.tier)) return terms;
  const listed = plans.tier(terms.tier);
  const price = agreement.overrides?.price === undefined ? listed.price : agreement.overrides.price;
  const differs = billed !== null && billed.currency === listed.currency && billed.amount !== price?.amount;
  return { ...terms, agreement: orNull(differs ? { ...agreement, billedPrice: billed } : agreement) };
}

/**
 * A word on a period that began before the one under way (late, or by a clock that is behind) does not take use back to it:
 * there it would be in no cycle, and the customer's count would start again at zero.
 */
function goingOn(current: Terms, stored: StoredTerms, catalog: Catalog): Terms {
  const next = resolveTerms(catalog, stored);
  const { start } = usagePeriod(current, next.since);
  return usagePeriod(next, next.since).start < start ? resolveTerms(catalog, { ...stored, usageSince: start }) : next;
}

/** Of a subscription that still is there, what was had comes back when it is paid for; of one that is over, nothing does. */
function withdrawnTerms(current: Terms, status: EntitlementStatus, catalog: Catalog, now: Date): Terms {
  if (status !== "unpaid" && status !== "paused") return endedTerms(current, catalog, now);
  return isBase(current, catalog) ? current : endedTerms(current, catalog, now, now, { lost: lostTier(current) });
}

function isBase({ tier, billedStart }: Terms, { current: { base } }: Catalog): boolean {
  return tier === base.id && billedStart === null;
}

/** The terms after the subscription's end; the same object for a subject that is on the base tier already and has lost nothing. */
export function endedTerms(
  current: Terms,
  catalog: Catalog,
  now: Date,
  endedAt: Date = now,
  kept: Pick<Agreement, "lost"> = {},
): Terms {
  const plans = catalog.current;
  if (isBase(current, catalog)) {
    const { lapsed: _, lost: __, ...rest } = current.agreement ?? {};
    return agreedTerms(current, orNull(rest), catalog, now);
  }
  // Not before the period that use is counted in by now, or what was used of it before anybody told us would be in no cycle.
  const counted = usagePeriod(current, presentOf(current, now)).start;
  const at = later(earlier(endedAt, now), later(current.since, counted));
  return resolveTerms(catalog, {
    ...storedOf(current),
    ...baseTerms(plans, at),
    agreement: keptAfterEnd(current.agreement, kept),
    version: current.version + 1,
  });
}

/** The terms with another agreement; the same object when it is the same. */
export function agreedTerms(current: Terms, agreement: Agreement | null, catalog: Catalog, now: Date): Terms {
  if (canonicalJson(agreement) === canonicalJson(current.agreement)) return current;
  const since = later(now, current.since);
  return resolveTerms(catalog, { ...storedOf(current), agreement, since, version: current.version + 1 });
}

/** The terms on the present version of the plans; the same object when they are. */
export function migratedTerms(current: Terms, catalog: Catalog, now: Date): Terms {
  const plans = catalog.current;
  if (current.planVersion === plans.version || current.agreement?.customTier) return current;
  plans.tier(current.tier);
  const since = later(now, current.since);
  const migrated = { ...storedOf(current), planVersion: plans.version, since, version: current.version + 1 };
  // Stripe charges what it did until it says otherwise.
  return resolveTerms(catalog, atPrice(migrated, current.billedStart === null ? null : current.plan.price, catalog));
}

/** What is stored of terms. */
export function storedOf({ plan: _, limitSources: __, next: ___, ...stored }: Terms): StoredTerms {
  return stored;
}

/** What of a tier was lost and is had again with it. */
function lostOf({ agreement, tier }: Terms, id: string): LostTier | undefined {
  return agreement?.lost?.tier === id && tier !== id ? agreement.lost : undefined;
}

/** The tier that an assignment names: the one that the subject has already or had, in its own version, or the present version's. */
function tierOf(current: Terms, id: string, lost: LostTier | undefined, catalog: Catalog): PlanTier {
  if (id === current.tier) return current.plan;
  return (lost ? catalog.of(lost.planVersion) : catalog.current).tier(id);
}

/** What was agreed, after an assignment: what belongs to the tier goes with it, what belongs to the customer stays. */
function agreementOf(
  current: Terms,
  { status, pinned, customTier, until }: Assignment,
  {
    bought,
    same,
    lost,
    base,
    now,
  }: { bought: PlanTier; same: boolean; lost: LostTier | undefined; base: string; now: Date },
): Agreement | null {
  const before = current.agreement ?? {};
  const { scheduled, lapsed: _, lost: __, customTier: ownTier, pinned: wasPinned, overrides, ...kept } = before;
  const own = customTier ?? (same ? ownTier : undefined);
  const planned = same ? scheduled : undefined;
  const next = until
    ? trialEnd(until, base)
    : status === "past_due"
      ? graceEnd(planned, bought, base, now)
      : stillPlanned(planned);
  const ownOverrides = bought.id === current.tier ? overrides : lost?.overrides;
  return orNull({
    ...(lost?.addOns ? { addOns: lost.addOns } : {}),
    ...kept,
    ...(ownOverrides ? { overrides: ownOverrides } : {}),
    ...(own ? { customTier: own } : {}),
    ...((pinned ?? (same && wasPinned === true)) ? { pinned: true } : {}),
    ...(next ? { scheduled: next } : {}),
  });
}

function trialEnd(until: Date, tier: string): ScheduledChange {
  return { at: until.toISOString(), tier, reason: "trial_end" };
}

/** Counted from the first time that Stripe said `past_due`. */
function graceEnd(
  before: ScheduledChange | undefined,
  { graceDays }: PlanTier,
  tier: string,
  now: Date,
): ScheduledChange | undefined {
  if (graceDays === null) return stillPlanned(before);
  if (before?.reason === "grace_end") return before;
  return { at: new Date(now.getTime() + graceDays * dayMs).toISOString(), tier, reason: "grace_end" };
}

/** A downgrade to come outlives a renewal; a trial and a grace are over once it is paid. */
function stillPlanned(before: ScheduledChange | undefined): ScheduledChange | undefined {
  return before?.reason === "downgrade" ? before : undefined;
}

type TermsCycle = Pick<Terms, "interval" | "anchor" | "billedStart" | "billedEnd">;

/** Stripe's period where there is one; else the cycle stays, unless an upgrade starts a new one. */
function cycleOf(current: Terms, period: BillingPeriod | undefined, upgrade: boolean, now: Date): TermsCycle {
  if (period) {
    return { interval: period.interval, anchor: period.anchor, billedStart: period.start, billedEnd: period.end };
  }
  return upgrade ? { interval: "30_days", anchor: now, billedStart: null, billedEnd: null } : current;
}

function sameTerms(a: StoredTerms, b: StoredTerms): boolean {
  return (
    a.tier === b.tier &&
    a.status === b.status &&
    a.interval === b.interval &&
    a.anchor.getTime() === b.anchor.getTime() &&
    a.billedStart?.getTime() === b.billedStart?.getTime() &&
    a.billedEnd?.getTime() === b.billedEnd?.getTime() &&
    a.planVersion === b.planVersion &&
    canonicalJson(a.agreement) === canonicalJson(b.agreement)
  );
}

function checkPeriod({ anchor, interval, start, end }: BillingPeriod): void {
  const dates = [anchor, start, end].every((date) => !Number.isNaN(date.getTime()));
  if (dates && start < end && (interval === "month" || interval === "year")) return;
  throw saasErrors.invalid_period({ detail: "A period has an anchor, month or year, and starts before it ends." });
}
