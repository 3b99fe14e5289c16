import { hourMs, minuteMs, secondMs } from "@revops/core";

/** A day and a bit: longer than a night in which nobody looks at a receiver that is down. */
const pauses = [5 * secondMs, 30 * secondMs, 2 * minuteMs, 15 * minuteMs, hourMs, 4 * hourMs, 8 * hourMs, 12 * hourMs];

/** Receivers that went down together must not be woken together. */
const jitter = 0.1;

/**
 * Milliseconds until the next try; null when there is none.
 * @param attempts how often it was tried
 * @param random 0 to 1
 */
export function retryPauseMs(attempts: number, random: number): number | null {
  const pause = pauses[attempts - 1];
  return pause === undefined ? null : Math.round(pause * (1 + jitter * random));
}
