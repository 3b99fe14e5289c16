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

/**
 * The same for opening a file, which is done once and before there is anything to serve: it blocks. Several processes
 * that make a file at once meet here, since the first turns it to WAL, which SQLite refuses the others without waiting.
 * @throws `database_busy`
 */
export function whenNotBusyBlocking<T>(run: () => T): T {
  const started = performance.now();
  for (;;) {
    try {
      return run();
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (performance.now() - started > patienceMs) throw databaseErrors.database_busy({ cause: error });
    }
    Atomics.wait(nobodyWakes, 0, 0, 1 + Math.random() * 20);
  }
}

const nobodyWakes = new Int32Array(new SharedArrayBuffer(4));

/** Whether another process keeps the file locked. */
export function isBusy(error: unknown): boolean {
  return error instanceof Error && "code" in error && String(error.code).startsWith("SQLITE_BUSY");
}
