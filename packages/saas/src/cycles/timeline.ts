/** The billing cycles that follow from what a subject has had. Pure. */
import type { Interval } from "@revops/core";
import { billingPeriod, earlier, later, type Terms, termsAt, usagePeriod } from "../entitlements/terms.ts";
import { canUpgrade } from "../plans/tier.ts";
import type { HeldAddOn } from "../rating/rate.ts";
import { heldAddOns } from "./held-add-ons.ts";

/** A stretch of a subject's time that has its own statement: a usage period, as its balances are kept by. */
export interface CycleSpan extends Interval {
  /** In force in its last instant. */
  readonly terms: Terms;
  /** What the tier's price is for, and the part of it that is to be paid for: what is paid already is given back where it ends first. */
  readonly period: Interval;
  readonly part: Interval;
  /** Within that part, oldest first. */
  readonly addOns: readonly HeldAddOn[];
}

/**
 * The cycles of a subject up to the one that `now` is in, oldest first, from the one that contains `from` on.
 * @param history all terms, oldest first
 */
export function cyclesOf(history: readonly Terms[], now: Date, from: Date = new Date(0)): CycleSpan[] {
  const spans: { -readonly [Member in keyof Span]: Span[Member] }[] = [];
  for (const terms of inForce(history, now)) {
    let at = terms.since;
    for (;;) {
      const last = spans.at(-1);
      const usage = usagePeriod(terms, at);
      // Replaced in the very millisecond in which they came, they were never in force; but a use of that millisecond is counted
      // in the period that they told, if that one had begun before.
      const told = usage.start < terms.since && last !== undefined && usage.start > last.start;
      if (terms.since >= terms.until && !told) break;
      if (last && usage.start <= last.start) {
        // The same cycle under other terms, or one that Stripe told another end of.
        last.end = later(usage.end, last.start);
        last.terms = terms;
        last.eras.push(terms);
      } else {
        const start = usage.start;
        if (last && last.end > start) {
          last.end = start;
          last.after = terms;
        }
        spans.push({ start, end: usage.end, terms, eras: [terms], after: null });
      }
      at = later(usage.end, at);
      if (at >= terms.until || at > now) break;
    }
  }
  return [...cycleSpans(spans, now)].filter(({ end }) => end > from);
}

/** What was in force, each with the instant at which the next one took over. */
function* inForce(history: readonly Terms[], now: Date): Generator<Terms & { readonly until: Date }> {
  for (const [index, stored] of history.entries()) {
    const following = history[index + 1]?.since ?? null;
    let terms: Terms | null = stored;
    while (terms !== null) {
      // What came by itself is in force until it is written down, which is the next of the history.
      const own: Date | null = terms.next?.since ?? null;
      const until = following !== null && (own === null || following <= own) ? following : own;
      if (terms.since <= now || terms === stored) yield { ...terms, until: until ?? new Date(8.64e15) };
      const goesOn: boolean = own !== null && (following === null || own < following) && own <= now;
      terms = goesOn ? terms.next : null;
    }
  }
}

interface Span {
  readonly start: Date;
  readonly end: Date;
  readonly terms: Terms;
  /** All that were in force in it, oldest first. */
  readonly eras: Terms[];
  /** What cut the cycle short. */
  readonly after: Terms | null;
}

function* cycleSpans(spans: readonly Span[], now: Date): Generator<CycleSpan> {
  /** How far statements before have the price of a period of Stripe's. */
  let stated: { readonly start: Date; readonly through: Date } | null = null;
  for (const { start, end, terms, eras, after } of spans) {
    const at = later(start, earlier(new Date(end.getTime() - 1), now));
    const last = termsAt(terms, at);
    const period = billingPeriod(last, at);
    // Cut short by an upgrade, it is paid for up to there, as Stripe credits the rest. By the end of what was bought, it is not
    // paid back.
    const exchanged = after !== null && (canUpgrade(last.plan, after.plan) || after.tier === last.tier);
    const goesOn: boolean = last.billedStart !== null && stated?.start.getTime() === period.start.getTime();
    // A subscription that begins pays for its whole period, however late we heard of it; one that goes on in a period, from
    // another tier or after it was lost for a while, for what was not stated of it yet.
    const part: Interval = {
      start: goesOn && stated !== null ? stated.through : period.start,
      end: exchanged ? earlier(end, period.end) : period.end,
    };
    if (last.billedStart !== null && last.status !== "trialing") stated = { start: period.start, through: part.end };
    yield { start, end, terms: last, period, part, addOns: heldAddOns(eras, part) };
  }
}
