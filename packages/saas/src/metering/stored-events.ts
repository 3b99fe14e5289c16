/** The SQL of events that were stored: finding one, what was said about it later, and what others of its balance hold. */
import type { Handle, Tx } from "@revops/database";
import { and, desc, eq, type SQL, sql } from "drizzle-orm";
import { saasTables } from "../schema.ts";
import { keyRange } from "./keys.ts";

/** An event as it stands now, after its corrections. */
export interface StoredEvent {
  readonly key: Buffer;
  readonly counterKey: Buffer;
  /** When it happened: when it says, or when it was recorded. Epoch milliseconds. */
  readonly time: number;
  readonly quantity: number;
  readonly counts: boolean;
  readonly metadata: unknown;
  readonly revision: number;
  readonly voided: boolean;
}

/** The event of a key as it was recorded, and its balance. */
export async function findStored(tx: Tx, key: Buffer) {
  const { events, counters, ledger } = saasTables(tx.dialect);
  const [row] = await tx.db
    .select({
      counterKey: events.counterKey,
      entry: events.entry,
      quantity: events.quantity,
      occurredAt: events.occurredAt,
      metadata: events.metadata,
      recordedAt: ledger.at,
      subjectId: counters.subjectId,
      feature: counters.feature,
      periodStart: counters.periodStart,
    })
    .from(events)
    .innerJoin(counters, eq(counters.key, events.counterKey))
    .innerJoin(ledger, and(eq(ledger.counterKey, events.counterKey), eq(ledger.entry, sql`abs(${events.entry})`)))
    .where(eq(events.key, key));
  return row && { ...row, time: (row.occurredAt ?? row.recordedAt).getTime(), key };
}

/** An event with what was said about it last. Its balance is locked, so that nobody says more meanwhile. */
export async function presentOf(
  tx: Tx,
  stored: NonNullable<Awaited<ReturnType<typeof findStored>>>,
): Promise<StoredEvent> {
  const { corrections } = saasTables(tx.dialect);
  const [last] = await tx.db
    .select()
    .from(corrections)
    .where(eq(corrections.eventKey, stored.key))
    .orderBy(desc(corrections.revision))
    .limit(1);
  const { key, counterKey, time } = stored;
  return {
    key,
    counterKey,
    time,
    quantity: last?.quantity ?? stored.quantity,
    counts: last === undefined ? stored.entry > 0 : !last.filtered,
    metadata: last === undefined ? stored.metadata : last.metadata,
    revision: last?.revision ?? 0,
    voided: last?.kind === "void",
  };
}

/** The columns of an event's present state, where `e` is the event, `c` its last correction and `l` its ledger entry. */
export function presentColumns(dialect: Handle["dialect"]) {
  const ms = (column: SQL) => (dialect === "sqlite" ? column : sql`(extract(epoch from ${column}) * 1000)::bigint`);
  return {
    quantity: sql`coalesce(c.quantity, e.quantity)`,
    counts: sql`(case when c.event_key is null then e.entry > 0 else not c.filtered end)`,
    time: ms(sql`coalesce(e.occurred_at, l.at)`),
    metadata: sql`case when c.event_key is null then e.metadata else c.metadata end`,
  };
}

/** Events `e` with their ledger entries `l` and last corrections `c`. */
export const presentEvents = sql`
  saas_events e
  join saas_ledger l on l.counter_key = e.counter_key and l.entry = abs(e.entry)
  left join saas_corrections c on c.event_key = e.key
    and c.revision = (select max(revision) from saas_corrections where event_key = e.key)`;

/**
 * The greatest or the latest value of a balance's other events; undefined if there is none. Reads the subject's events:
 * for corrections, which are rare.
 */
export async function extremeOfOthers(
  tx: Tx,
  prefix: Buffer,
  { key, counterKey }: Pick<StoredEvent, "key" | "counterKey">,
  by: "quantity" | "time",
): Promise<{ readonly quantity: number; readonly time: number } | undefined> {
  const columns = presentColumns(tx.dialect);
  const { first, last } = keyRange(prefix);
  const order = by === "quantity" ? sql`quantity desc` : sql`time desc, quantity desc`;
  const [row] = await tx.rows<{ quantity: string | number; time: string | number }>(sql`
    select ${columns.quantity} as quantity, ${columns.time} as time from ${presentEvents}
    where e.key between ${first} and ${last} and e.counter_key = ${counterKey} and e.key <> ${key} and ${columns.counts}
    order by ${order} limit 1`);
  return row && { quantity: Number(row.quantity), time: Number(row.time) };
}
