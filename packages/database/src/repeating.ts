/** PostgreSQL ends one of two transactions that wait for each other. One of our own is run again; a caller's is the caller's to repeat. */
import type { Database } from "./database.ts";

/** More than one circle in a row is rare; after so many something else is wrong. */
const maxAttempts = 5;

/** `deadlock_detected` and `serialization_failure` of https://www.postgresql.org/docs/current/errcodes-appendix.html */
const codes = new Set<unknown>(["40P01", "40001"]);

/** Whether PostgreSQL rolled a transaction back for the sake of others, so that running it again is all it needs. */
export function wasRolledBackForOthers(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // The query builder puts the driver's error into its own.
  return ("code" in error && codes.has(error.code)) || wasRolledBackForOthers(error.cause);
}

/** Runs a transaction, and runs it again while its error says that this is all it needs. @param run told which attempt it is, from 1 */
export async function repeated<Result>(
  run: (attempt: number) => Promise<Result>,
  repeats: (error: unknown) => boolean = wasRolledBackForOthers,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run(attempt);
    } catch (error) {
      if (attempt === maxAttempts || !repeats(error)) throw error;
    }
  }
}

/**
 * The same database, whose own transactions are run again when PostgreSQL ended them for the sake of others: `work` must bear
 * that, and leaves nothing outside of the transaction. A transaction that is handed in is its owner's to repeat.
 *
 * Whoever lets others take part in a transaction (handlers of facts, say) cannot know in which order they lock.
 * @example const database = repeating(openDatabase({ url }));
 */
export function repeating(database: Database): Database {
  if (database.dialect === "sqlite") return database;
  return {
    ...database,
    transaction: (work, tx) => (tx ? work(tx) : repeated(() => database.transaction(work))),
  };
}
