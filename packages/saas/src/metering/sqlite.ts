/** The hot path on SQLite: prepared statements, run synchronously inside the transaction. No other writer exists meanwhile. */
import type { SqliteConnection } from "@revops/database";
import type { StoredTerms } from "../entitlements/terms.ts";
import type { Balance, Candidate, HotPath, Outcome } from "./batch.ts";
import { periodStartOf } from "./scope.ts";
import { addEvent, changeBy, groupId, refusalFor, settleHour } from "./tally.ts";

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
type BalanceRow = [
  version: number | null,
  used: number,
  entries: number,
  hour: number | null,
  hourQuantity: number,
  latestAt: number | null,
];

function prepare(connection: SqliteConnection): HotPath {
  const findTerms = connection.prepare<[string], Row<StoredTerms>>(`
    select subject_id as subjectId, version, tier, status, interval, anchor, billed_start as billedStart,
      billed_end as billedEnd, usage_since as usageSince, since, plan_version as planVersion, agreement
    from saas_entitlements where subject_id = ?`);
  // Not as a join, which SQLite plans anew for each key that is bound: five times as long.
  const findBalance = connection
    .prepare<[string, Buffer], BalanceRow>(`
      select (select version from saas_entitlements where subject_id = ?), used, entries, hour, hour_quantity, latest_at
      from saas_counters where key = ?`)
    .raw();
  const findVersion = connection
    .prepare<[string], number>("select version from saas_entitlements where subject_id = ?")
    .pluck();
  const findEvent = connection.prepare<[Buffer]>("select 1 from saas_events where key = ?");
  const findGroup = connection
    .prepare<[Buffer, string, string], [quantity: number, events: number]>(
      "select quantity, events from saas_groups where counter_key = ? and dimension = ? and value = ?",
    )
    .raw();
  const insertEvent = connection.prepare<[Buffer, Buffer, number, number, number | null, string | null]>(`
    insert into saas_events (key, counter_key, entry, quantity, occurred_at, metadata) values (?, ?, ?, ?, ?, ?)
    on conflict (key) do nothing`);
  const openCounter = connection.prepare<
    [Buffer, string, string, number, number, number, number | null, number, number | null]
  >(`
    insert into saas_counters (key, subject_id, feature, period_start, used, entries, hour, hour_quantity, latest_at)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const moveCounter = connection.prepare<[number, number, number | null, number, number | null, Buffer]>(`
    update saas_counters set used = ?, entries = ?, hour = ?, hour_quantity = ?, latest_at = ? where key = ?`);
  const insertEntry = connection.prepare<[Buffer, number, number, number, number]>(`
    insert into saas_ledger (counter_key, entry, kind, quantity, events, at) values (?, ?, 'usage', ?, ?, ?)`);
  const addToBucket = connection.prepare<[Buffer, number, number, number, bigint]>(`
    insert into saas_buckets (counter_key, span, start, quantity, moment) values (?, ?, ?, ?, ?)
    on conflict (counter_key, span, start) do update set quantity = quantity + excluded.quantity,
      moment = moment + excluded.moment`);
  const writeGroup = connection.prepare<[Buffer, string, string, number, number]>(`
    insert into saas_groups (counter_key, dimension, value, quantity, events) values (?, ?, ?, ?, ?)
    on conflict (counter_key, dimension, value) do update set quantity = excluded.quantity, events = excluded.events`);

  function decide({ event, balance }: Candidate, at: Date): Outcome {
    const { scope } = balance;
    const { quantity } = event;
    loadGroups({ event, balance });
    const change = changeBy(balance, event, at);
    const refusal = refusalFor(balance, change);
    if (refusal !== null) {
      // Asked only now: a repeat of what was counted before is a duplicate, however full the quota is.
      const result = findEvent.get(event.key()) ? "duplicate" : refusal;
      return { result, scope, quantity, used: balance.used };
    }
    const entry = balance.entries + 1;
    const { changes } = insertEvent.run(
      event.key(),
      scope.counterKey,
      event.counts ? entry : -entry,
      quantity,
      event.occurredAt?.getTime() ?? null,
      event.metadata,
    );
    if (changes === 0) return { result: "duplicate", scope, quantity, used: balance.used };
    addEvent(balance, event, change, at);
    return { result: "counted", scope, quantity, used: balance.used };
  }

  function loadGroups({ event, balance }: Candidate): void {
    const { groups } = balance.tally;
    for (const group of event.groups) {
      const id = groupId(group);
      if (groups.has(id)) continue;
      const row = findGroup.get(balance.scope.counterKey, group.dimension, group.value);
      groups.set(id, { ...group, quantity: row?.[0] ?? 0, events: row?.[1] ?? 0 });
    }
  }

  function write(balance: Balance, at: Date): void {
    const { scope, tally } = balance;
    if (tally.events === 0) return;
    const { counterKey, subjectId, feature, period } = scope;
    const gains = settleHour(balance, at);
    balance.entries += 1;
    const { used, entries, hour, hourQuantity, latestAt } = balance;
    const { changes } = moveCounter.run(used, entries, hour, hourQuantity, latestAt, counterKey);
    if (changes === 0) {
      const start = periodStartOf(period).getTime();
      openCounter.run(counterKey, subjectId, feature.id, start, used, entries, hour, hourQuantity, latestAt);
    }
    insertEntry.run(counterKey, entries, tally.quantity, tally.events, at.getTime());
    for (const gain of gains) addToBucket.run(counterKey, gain.span, gain.start, gain.quantity, gain.moment);
    for (const { dimension, value, quantity, events } of tally.groups.values()) {
      if (events > 0) writeGroup.run(counterKey, dimension, value, quantity, events);
    }
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
        const { counterKey, subjectId } = balance.scope;
        const row = findBalance.get(subjectId, counterKey);
        if (row === undefined) return findVersion.get(subjectId) ?? 0;
        const [version, used, entries, hour, hourQuantity, latestAt] = row;
        Object.assign(balance, { before: used, used, entries, hour, hourQuantity, latestAt });
        return version ?? 0;
      });
    },

    async count(candidates, at) {
      const outcomes = candidates.map((candidate) => decide(candidate, at));
      for (const balance of new Set(candidates.map(({ balance }) => balance))) write(balance, at);
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
