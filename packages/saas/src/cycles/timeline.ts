/** The billing cycles that follow from what a subject has had. Pure. */
import type { Interval } from "@revops/core";
import { billingPeriod, earlier, later, type Terms, termsAt, usagePeriod } from "../entitlements/terms.ts";
import { canUpgrade } from "../plans/tier.ts";

/** A stretch of a subject's time that has its own statement: a usage period, as its balances are kept by. */
export interface CycleSpan extends Interval {
  /** In force in its last instant. */
  readonly terms: Terms;
  /** What the tier's price is for, and the part of it that is to be paid for. */
  readonly period: Interval;
  readonly part: Interval;
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
      } else {
        const start = usage.start;
        if (last && last.end > start) {
          last.end = start;
          last.after = terms;
        }
        spans.push({ start, end: usage.end, terms, before: last?.terms ?? null, after: null });
      }
      at = later(usage.end, at);
      if (at >= terms.until || at > now) break;
    }
  }
  return spans.filter(({ end }) => end > from).map((span) => cycleSpan(span, now));
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
  /** In force in the cycle before. */
  readonly before: Terms | null;
  /** What cut the cycle short. */
  readonly after: Terms | null;
}

function cycleSpan({ start, end, terms, before, after }: Span, now: Date): CycleSpan {
  const at = later(start, earlier(new Date(end.getTime() - 1), now));
  const last = termsAt(terms, at);
  const period = billingPeriod(last, at);
  // A subscription that begins pays for its whole period, however late we heard of it; one that goes on from another tier in
  // the same period pays for what is left.
  const continues = before !== null && sameBilling(before, last);
  // Cut short by an upgrade, it is paid for up to there, as Stripe credits the rest. By the end of what was bought, it is not
  // paid back.
  const exchanged = after !== null && (canUpgrade(last.plan, after.plan) || after.tier === last.tier);
  const part = {
    start: continues ? later(start, period.start) : period.start,
    end: exchanged ? earlier(end, period.end) : period.end,
  };
  return { start, end, terms: last, period, part };
}

/** Whether both are billed in one and the same period. */
function sameBilling(a: Terms, b: Terms): boolean {
  return a.billedStart !== null && a.billedStart.getTime() === b.billedStart?.getTime();
}
