/** Holding on to a job while it runs. Leases are about processes, so they run on the machine's clock. */
import { type Logger, systemClock } from "@revops/core";
import type { ClaimedJob } from "./store.ts";

export interface Lease {
  /** Aborts when another worker has the job, or may have it since the lease could not be extended in time. */
  readonly signal: AbortSignal;
  /** Extends it no more. */
  end(): void;
}

export interface LeaseOptions {
  readonly leaseMs: number;
  /** Answers false when the lease was lost. */
  readonly extend: (id: string, leaseToken: string, leasedUntil: number) => Promise<boolean>;
  readonly logger: Logger;
}

/** Extends a job's lease three times in its length, so that two failures in a row do not lose it. */
export function keepLease(job: ClaimedJob, { leaseMs, extend, logger }: LeaseOptions): Lease {
  const lost = new AbortController();
  let ended = false;
  const now = () => systemClock.now().getTime();
  const giveUpAt = (until: number) => setTimeout(() => lost.abort(), Math.max(until - now(), 0));
  let expiry = giveUpAt(job.leasedUntil);

  const extending = setInterval(async () => {
    const until = now() + leaseMs;
    try {
      const held = await extend(job.id, job.leaseToken, until);
      if (ended) return;
      if (!held) return lost.abort();
      clearTimeout(expiry);
      expiry = giveUpAt(until);
    } catch (error) {
      logger.warn({ err: error, jobId: job.id }, "a job's lease could not be extended");
    }
  }, leaseMs / 3);

  return {
    signal: lost.signal,
    end() {
      ended = true;
      clearInterval(extending);
      clearTimeout(expiry);
    },
  };
}
