/** The SQL of what is read of usage, but for the balances themselves (`ledger/store.ts`). */
import type { Handle } from "@revops/database";
import { and, eq, gt, gte, inArray, lt, lte, or, type SQL, sql } from "drizzle-orm";
import type { Span } from "../metering/buckets.ts";
import { keyRange } from "../metering/keys.ts";
import { presentColumns, presentEvents } from "../metering/stored-events.ts";
import { saasTables } from "../schema.ts";

/** The balances of a subject's use of a feature, one for each period. */
export async function countersOf(handle: Handle, subjectId: string, feature: string) {
  const { counters } = saasTables(handle.dialect);
  const { key, periodStart, used, entries, hour, hourQuantity } = counters;
  return handle.db
    .select({ key, periodStart, used, entries, hour, hourQuantity })
    .from(counters)
    .where(and(eq(counters.subjectId, subjectId), eq(counters.feature, feature)));
}

/** Rows of the history that start in a range (epoch milliseconds; `to` excluded). */
export async function bucketsBetween(
  handle: Handle,
  keys: readonly Buffer[],
  { span, from, to }: { readonly span: Span; readonly from: number; readonly to: number },
): Promise<{ readonly start: number; readonly quantity: number; readonly moment: bigint }[]> {
  if (keys.length === 0) return [];
  const { buckets } = saasTables(handle.dialect);
  const rows = await handle.db
    .select({
      start: buckets.start,
      quantity: buckets.quantity,
      // As text: what leaves the safe integers must not pass through a double.
      moment: sql<string>`cast(${buckets.moment} as text)`,
    })
    .from(buckets)
    .where(
      and(
        inArray(buckets.counterKey, [...keys]),
        eq(buckets.span, span),
        gte(buckets.start, new Date(from)),
        lt(buckets.start, new Date(to)),
      ),
    );
  return rows.map(({ start, quantity, moment }) => ({ start: start.getTime(), quantity, moment: BigInt(moment) }));
}

/** An event as it stands, with what it was. */
export interface EventRow {
  readonly key: Buffer;
  readonly feature: string;
  readonly periodStart: Date;
  readonly entry: number;
  readonly quantity: number;
  readonly counts: boolean;
  readonly voided: boolean;
  readonly occurredAt: Date;
  readonly recordedAt: Date;
  readonly metadata: unknown;
}

interface RawEventRow {
  readonly key: Buffer;
  readonly feature: string;
  readonly period_start: Date | number;
  readonly entry: string | number;
  readonly quantity: string | number;
  readonly counts: boolean | number;
  readonly voided: boolean | number;
  readonly time: string | number;
  readonly recorded_at: Date | number;
  readonly metadata: unknown;
}

/** Which of a subject's events. */
export interface EventFilter {
  readonly feature?: string | undefined;
  readonly periodStart?: Date | undefined;
  readonly firstEntry?: number | undefined;
  readonly lastEntry?: number | undefined;
  /** Epoch milliseconds of when they happened; `to` excluded. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** A subject's events in the order of their keys, after one of them. */
export async function eventsOf(
  handle: Handle,
  subjectId: string,
  prefix: Buffer,
  filter: EventFilter,
  { after, limit }: { readonly after?: Buffer | undefined; readonly limit: number },
): Promise<EventRow[]> {
  const columns = presentColumns(handle.dialect);
  const { first, last } = keyRange(prefix);
  const { feature, periodStart, firstEntry, lastEntry, from, to } = filter;
  const conditions: SQL[] = [
    after === undefined ? sql`e.key >= ${first}` : sql`e.key > ${after}`,
    sql`e.key <= ${last}`,
    sql`n.subject_id = ${subjectId}`,
  ];
  if (feature !== undefined) conditions.push(sql`n.feature = ${feature}`);
  if (periodStart !== undefined) conditions.push(sql`n.period_start = ${periodStart}`);
  if (firstEntry !== undefined) conditions.push(sql`abs(e.entry) >= ${firstEntry}`);
  if (lastEntry !== undefined) conditions.push(sql`abs(e.entry) <= ${lastEntry}`);
  if (from !== undefined) conditions.push(sql`${columns.time} >= ${from}`);
  if (to !== undefined) conditions.push(sql`${columns.time} < ${to}`);
  const rows = await handle.rows<RawEventRow>(sql`
    select e.key as key, n.feature as feature, n.period_start as period_start, abs(e.entry) as entry,
      ${columns.quantity} as quantity, ${columns.counts} as counts, coalesce(c.kind = 'void', ${false}) as voided,
      ${columns.time} as time, l.at as recorded_at, ${columns.metadata} as metadata
    from ${presentEvents} join saas_counters n on n.key = e.counter_key
    where ${sql.join(conditions, sql` and `)}
    order by e.key limit ${limit}`);
  return rows.map((row) => ({
    key: row.key,
    feature: row.feature,
    periodStart: new Date(row.period_start),
    entry: Number(row.entry),
    quantity: Number(row.quantity),
    counts: Boolean(row.counts),
    voided: Boolean(row.voided),
    occurredAt: new Date(Number(row.time)),
    recordedAt: new Date(row.recorded_at),
    // JSON is text on SQLite.
    metadata: typeof row.metadata === "string" ? JSON.parse(row.metadata) : row.metadata,
  }));
}

/** Where a list of uses goes on: after an entry of a balance. */
export interface UsePosition {
  readonly counterKey: Buffer;
  readonly entry: number;
}

/** What entries without events tell was used (`isMereUse`): so much in so many calls, at once. */
export interface UseRow extends UsePosition {
  readonly feature: string;
  readonly periodStart: Date;
  readonly quantity: number;
  readonly events: number;
  readonly at: Date;
}

/** A subject's uses that have no events, in the order of balances and entries, after one of them. */
export async function usesOf(
  handle: Handle,
  subjectId: string,
  { feature, periodStart, firstEntry, lastEntry }: EventFilter,
  { after, limit }: { readonly after?: UsePosition | undefined; readonly limit: number },
): Promise<UseRow[]> {
  const { counters, ledger } = saasTables(handle.dialect);
  const { counterKey, entry, quantity, events, at } = ledger;
  return handle.db
    .select({ counterKey, entry, quantity, events, at, feature: counters.feature, periodStart: counters.periodStart })
    .from(ledger)
    .innerJoin(counters, eq(counters.key, counterKey))
    .where(
      and(
        eq(counters.subjectId, subjectId),
        eq(ledger.kind, "use"),
        feature === undefined ? undefined : eq(counters.feature, feature),
        periodStart === undefined ? undefined : eq(counters.periodStart, periodStart),
        firstEntry === undefined ? undefined : gte(entry, firstEntry),
        lastEntry === undefined ? undefined : lte(entry, lastEntry),
        after && or(gt(counterKey, after.counterKey), and(eq(counterKey, after.counterKey), gt(entry, after.entry))),
      ),
    )
    .orderBy(counterKey, entry)
    .limit(limit);
}

/** What a balance is made of by a dimension. */
export async function groupsOfCounter(handle: Handle, counterKey: Buffer, dimension: string) {
  const { groups } = saasTables(handle.dialect);
  const { value, quantity, events } = groups;
  return handle.db
    .select({ value, quantity, events })
    .from(groups)
    .where(and(eq(groups.counterKey, counterKey), eq(groups.dimension, dimension)));
}
