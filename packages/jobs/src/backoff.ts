/** When a failed job is tried again. */
import { hourMs, secondMs } from "@revops/core";

/**
 * Doubles from one second to at most an hour, spread over the upper half at random ("equal jitter",
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/), so that jobs that failed together do not
 * come back together.
 *
 * @param attempt how often it was tried: 1 after the first failure
 * @param random 0 ≤ n < 1
 * @returns milliseconds
 */
export function backoffMs(attempt: number, random: number): number {
  const full = Math.min(secondMs * 2 ** (attempt - 1), hourMs);
  return Math.round(full / 2 + (full / 2) * random);
}
