/**
 * When a failed payment of a subscription's invoice is tried again, in seconds after the try before: 3, 5 and 7 days, which
 * is Stripe's custom schedule with its default settings. After the last one the subscription is canceled.
 * Source: https://docs.stripe.com/billing/revenue-recovery/smart-retries
 */
const pauses = [3, 5, 7].map((days) => days * 86_400);

/** Undefined when there is no further try. `attempts` counts the tries so far. */
export function nextAttempt(attempts: number, now: number): number | undefined {
  const pause = pauses[attempts - 1];
  return pause === undefined ? undefined : now + pause;
}
