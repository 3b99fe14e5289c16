/**
 * When a failed payment of a subscription's invoice is tried again: so many days after each failed try as the settings say.
 * Undefined when there is no further try. `attempts` counts the tries so far.
 * Source: https://docs.stripe.com/billing/revenue-recovery/smart-retries
 */
export function nextAttempt(retryDays: readonly number[], attempts: number, now: number): number | undefined {
  const days = retryDays[attempts - 1];
  return days === undefined ? undefined : now + Math.round(days * 86_400);
}
