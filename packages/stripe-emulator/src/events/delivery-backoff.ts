const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/**
 * Milliseconds of real time until the next try, by how many failed. The first ones are quick, so that a server that is
 * restarting catches up at once; then it goes on for about three days, as Stripe does. After the last, undefined.
 */
const waits = [
  250,
  500,
  second,
  2 * second,
  5 * second,
  10 * second,
  30 * second,
  minute,
  5 * minute,
  30 * minute,
  hour,
  3 * hour,
  6 * hour,
  12 * hour,
  24 * hour,
  24 * hour,
];

export function waitBeforeRetry(failedAttempts: number): number | undefined {
  return waits[failedAttempts - 1];
}
