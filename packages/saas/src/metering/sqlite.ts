/** The hot path on SQLite: prepared statements, run synchronously inside the transaction. No other writer exists meanwhile. */
import type { SqliteConnection } from "@revops/database";
import type { StoredTerms } from "../entitlements/terms.ts";
import { refusalOf } from "./admission.ts";
import type { Candidate, HotPath, Outcome } from "./batch.ts";
import { periodStartOf } from "./scope.ts";

const prepared = new WeakMap<SqliteConnection, HotPath>();

/** The hot path of a connection, its statements compiled once. */
export function sqliteHotPath(connection: SqliteConnection): HotPath {
  const known = prepared.get(connection);
  if (known) return known;
  const hotPath = prepare(connection);
  prepared.set(connection, hotPath);
  return hotPath;
}

type Row<Shape> = Record<keyof Shape, string | number | null>;

function prepare(connection: SqliteConnection): HotPath {
  const findTerms = connection.prepare<[string], Row<StoredTerms>>(`
    select subject_id as subjectId, version, tier, status, interval, anchor, billed_start as billedStart,
      billed_end as billedEnd, usage_since as usageSince, since, plan_version as planVersion, agreement
    from saas_entitlements where subject_id = ?`);
  const findCounter = connection
    .prepare<[Buffer], [number, number]>("select used, entries from saas_counters where key = ?")
    .raw();
  const findVersion = connection
    .prepare<[string], number>("select version from saas_entitlements where subject_id = ?")
    .pluck();
  const findEvent = connection.prepare<[Buffer]>("select 1 from saas_events where key = ?");
  const insertEvent = connection.prepare<[Buffer, Buffer, number, number, number | null, string | null]>(`
    insert into saas_events (key, counter_key, entry, quantity, occurred_at, metadata) values (?, ?, ?, ?, ?, ?)
    on conflict (key) do nothing`);
  const writeCounter = connection.prepare<[Buffer, string, string, number, number, number]>(`
    insert into saas_counters (key, subject_id, feature, period_start, used, entries) values (?, ?, ?, ?, ?, ?)
    on conflict (key) do update set used = excluded.used, entries = excluded.entries`);
  const insertEntry = connection.prepare<[Buffer, number, number, number, number]>(`
    insert into saas_ledger (counter_key, entry, kind, quantity, events, at) values (?, ?, 'usage', ?, ?, ?)`);

  function decide({ event, balance }: Candidate): Outcome {
    const { scope } = balance;
    const { key, quantity } = event;
    const refusal = refusalOf(balance.used, quantity, scope.limit);
    if (refusal !== null) {
      // Asked only now: a repeat of what was counted before is a duplicate, however full the quota is.
      const result = findEvent.get(key) ? "duplicate" : refusal;
      return { result, scope, quantity, used: balance.used };
    }
    const occurredAt = event.occurredAt?.getTime() ?? null;
    const { changes } = insertEvent.run(
      key,
      scope.counterKey,
      balance.entries + 1,
      quantity,
      occurredAt,
      event.metadata,
    );
    if (changes === 0) return { result: "duplicate", scope, quantity, used: balance.used };
    balance.used += quantity;
    balance.added += quantity;
    balance.events += 1;
    return { result: "counted", scope, quantity, used: balance.used };
  }

  return {
    async termsOf(subjectIds) {
      return subjectIds.flatMap((subjectId) => {
        const row = findTerms.get(subjectId);
        return row ? [termsOfRow(row)] : [];
      });
    },

    async read(balances) {
      return balances.map((balance) => {
        const row = findCounter.get(balance.scope.counterKey);
        if (row) [balance.used, balance.entries] = row;
        return findVersion.get(balance.scope.subjectId) ?? 0;
      });
    },

    async count(candidates, balances, at) {
      const outcomes = candidates.map(decide);
      for (const { scope, used, entries, added, events } of balances) {
        if (events === 0) continue;
        const { counterKey, subjectId, feature, period } = scope;
        writeCounter.run(counterKey, subjectId, feature.id, periodStartOf(period).getTime(), used, entries + 1);
        insertEntry.run(counterKey, entries + 1, added, events, at.getTime());
      }
      return outcomes;
    },
  };
}

function termsOfRow(row: Row<StoredTerms>): StoredTerms {
  const date = (value: string | number | null) => (value === null ? null : new Date(value));
  // STRICT columns hold what the schema declares; times are milliseconds.
  return {
    ...row,
    anchor: date(row.anchor),
    billedStart: date(row.billedStart),
    billedEnd: date(row.billedEnd),
    usageSince: date(row.usageSince),
    since: date(row.since),
    agreement: row.agreement === null ? null : JSON.parse(String(row.agreement)),
  } as StoredTerms;
}
