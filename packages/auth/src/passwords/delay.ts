/** How long guessing must pause. */
import { minuteMs, secondMs } from "@revops/core";

/** Failures that cost nothing, in a row without a pause of {@link forgetMs}. */
export interface AttemptLimits {
  /** For one account, whether it exists or not. 10 unless said otherwise. */
  readonly perAccount: number;
  /** For one network: an IPv4 address or an IPv6 /64, which a whole office may share. 1,000 unless said otherwise. */
  readonly perNetwork: number;
}

/** Without a failure for this long, counted from the end of a pause, all is forgotten. */
export const forgetMs = 15 * minuteMs;

/** The longest pauses. Many share a network, and one of them must not keep the others out for long. */
export const longestMs = { account: 15 * minuteMs, network: minuteMs } as const;

/**
 * The pause after a failure: none up to the limit, then 1 s, 2 s, 4 s … up to the longest. Whoever guesses on gets about
 * 60 tries an hour at one account (OWASP ASVS 4.0.3, 2.2.1: at most 100); a person who mistypes waits for seconds.
 */
export function delayMs(failures: number, limit: number, longest: number): number {
  if (failures < limit) return 0;
  return Math.min(secondMs * 2 ** Math.min(failures - limit, 20), longest);
}
