/** SQLite's own limit: prepared statements, the same rows, the same group sizes, nothing decided. */
import Sqlite from "better-sqlite3";
import { groups, perCounter, periodStart, type RawEvent, subjectOf, type Workload } from "./workload.ts";

export function openRawSqlite(path: string, workload: Workload, counterKeys: ReadonlyMap<string, Buffer>) {
  const connection = new Sqlite(path);
  connection.pragma("journal_mode = WAL");
  connection.pragma("synchronous = FULL");
  // As our own connection has it.
  connection.pragma("cache_size = -65536");
  connection.pragma("wal_autocheckpoint = 16000");
  const begin = connection.prepare("begin immediate");
  const commit = connection.prepare("commit");
  const insertEvent = connection.prepare(
    "insert into saas_events (key, counter_key, entry, quantity, occurred_at, metadata) values (?, ?, ?, ?, null, null)",
  );
  const addToCounter = connection
    .prepare<[number, Buffer], [number]>(
      "update saas_counters set used = used + ?, entries = entries + 1 where key = ? returning entries",
    )
    .raw();
  const insertEntry = connection.prepare(
    "insert into saas_ledger (counter_key, entry, kind, quantity, events, at) values (?, ?, 'usage', ?, ?, ?)",
  );
  const insertCounter = connection.prepare(
    "insert into saas_counters (key, subject_id, feature, period_start, used, entries) values (?, ?, 'api_call', ?, 0, 0)",
  );
  for (let n = 0; n < workload.subjects; n++) {
    const subject = subjectOf(workload, n);
    insertCounter.run(counterKeys.get(subject), subject, periodStart.getTime());
  }

  return {
    async run(events: readonly RawEvent[]): Promise<void> {
      for (const group of groups(events)) {
        begin.run();
        for (const [counterKey, count] of perCounter(group)) {
          const entry = addToCounter.get(count, counterKey)?.[0];
          insertEntry.run(counterKey, entry, count, count, periodStart.getTime());
        }
        for (const { key, counterKey } of group) insertEvent.run(key, counterKey, 1, 1);
        commit.run();
        // The event loop turns once a group, as it does in a server.
        await new Promise(setImmediate);
      }
    },
    close: async () => void connection.close(),
  };
}
