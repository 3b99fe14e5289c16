/** Waiting for another process's write lock without blocking the event loop. */
import { setTimeout as sleep } from "node:timers/promises";
import { databaseErrors } from "../errors.ts";

/** How long to wait before giving up; ten times the longest transaction that we would call sane. */
const patienceMs = 10_000;

/**
 * Runs a statement that may answer `SQLITE_BUSY`, again and again. SQLite's own `busy_timeout` sleeps inside the
 * driver, and with it the whole process; so it is kept at a few milliseconds and the waiting is done here.
 * @throws `database_busy`
 */
export async function whenNotBusy<T>(run: () => T): Promise<T> {
  const started = performance.now();
  for (let attempt = 1; ; attempt++) {
    try {
      return run();
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (performance.now() - started > patienceMs) throw databaseErrors.database_busy({ cause: error });
    }
    // Spread at random, or two processes that met once would go on meeting.
    await sleep(Math.random() * Math.min(2 ** attempt, 25));
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && "code" in error && String(error.code).startsWith("SQLITE_BUSY");
}
