/** What is not kept for ever: who is erased must not live on in what was tried in vain, nor in SQLite's log. */
import { letterJobNames } from "@revops/auth";
import { type Clock, dayMs, isRevopsError } from "@revops/core";
import type { Database } from "@revops/database";
import type { Jobs } from "@revops/jobs";

/** Longer than an invitation is good for, the longest that a letter may be of use. */
const lettersKeptMs = 7 * dayMs;

export interface RetentionOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly jobs: Pick<Jobs, "schedule" | "dead">;
}

/** Looks each day. What an erasure deletes is out of the log sooner: see `wiring.ts`. */
export function scheduleRetention(options: RetentionOptions): void {
  options.jobs.schedule("retention", dayMs, () => forgetOld(options));
}

export async function forgetOld({ database, clock, jobs }: RetentionOptions): Promise<void> {
  const before = new Date(clock.now().getTime() - lettersKeptMs);
  for (const name of letterJobNames) await jobs.dead.discard({ name, before });
  // Who is reading there now is done by tomorrow.
  await database.emptyLog?.().catch((error: unknown) => {
    if (!isRevopsError(error, "database_busy")) throw error;
  });
}
