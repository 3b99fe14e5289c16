import type Stripe from "stripe";

type Recurring = Pick<Stripe.Price.Recurring, "interval" | "interval_count">;

/**
 * The moment `count` intervals after an anchor, in UTC. The anchor's day is kept: from the 31st, a shorter month's period
 * ends on its last day and the next one on the 31st again.
 * Source: https://docs.stripe.com/billing/subscriptions/billing-cycle
 */
export function afterIntervals(anchor: number, { interval, interval_count }: Recurring, count: number): number {
  const steps = interval_count * count;
  if (interval === "day") return anchor + steps * 86_400;
  if (interval === "week") return anchor + steps * 7 * 86_400;
  const from = new Date(anchor * 1000);
  const months = from.getUTCMonth() + (interval === "year" ? 12 * steps : steps);
  const lastDay = new Date(Date.UTC(from.getUTCFullYear(), months + 1, 0)).getUTCDate();
  const midnight = Date.UTC(from.getUTCFullYear(), months, Math.min(from.getUTCDate(), lastDay));
  return Math.floor(midnight / 1000) + (anchor % 86_400);
}

/** The end of the period that starts at `start`, counted from the anchor so that nothing drifts. */
export function periodEnd(anchor: number, recurring: Recurring, start: number): number {
  const span = Math.max(1, afterIntervals(anchor, recurring, 1) - anchor);
  // A month is longer or shorter than the first one, so the estimate is begun low and walked up a step or two.
  let count = Math.max(0, Math.floor((start - anchor) / span) - 1);
  while (afterIntervals(anchor, recurring, count) <= start) count += 1;
  return afterIntervals(anchor, recurring, count);
}
