/** A connection to a file of SQLite, set up as all of ours are. */
import Sqlite from "better-sqlite3";
import { whenNotBusyBlocking } from "./busy.ts";

/**
 * Of pages in memory, for each connection and only as they are used. Rows of many customers lie all over their tables; with the
 * driver's 16 MB, pages of a database beyond that are read and parsed anew by each batch.
 */
const cacheKibibytes = 64 * 1_024;
/**
 * Pages of the log that are moved into the file at once, 64 MB: a page that many commits wrote is moved once. Events of many
 * subjects, among ten million others, write two pages each; with 4,000 pages, moving them cost as much as writing them, and
 * with the driver's 1,000 twice as much.
 */
const checkpointPages = 16_000;

/** Opens and sets up one connection; waits while another process makes, converts or recovers the same file. */
export function openConnection(path: string, options: Sqlite.Options = {}): Sqlite.Database {
  // A few milliseconds only: the driver waits inside the event loop, `whenNotBusy` outside of it.
  const connection = whenNotBusyBlocking(() => new Sqlite(path, { timeout: 5, ...options }));
  if (!options.readonly) whenNotBusyBlocking(() => connection.pragma("journal_mode = WAL"));
  // At every open: the driver's build re-opens a WAL file with NORMAL, which may lose the last commits at a power cut.
  connection.pragma("synchronous = FULL");
  connection.pragma("foreign_keys = ON");
  // What is deleted is overwritten, pages that become free too: whoever steals the file finds no code that ended, and nobody who
  // was erased. It costs no time that could be measured, and a seventh more pages where thousands of rows are removed at once.
  connection.pragma("secure_delete = ON");
  connection.pragma(`cache_size = ${-cacheKibibytes}`);
  connection.pragma(`wal_autocheckpoint = ${checkpointPages}`);
  // The first read may have to recover the log after a crash, which two processes cannot do at once.
  whenNotBusyBlocking(() => connection.pragma("schema_version"));
  return connection;
}
