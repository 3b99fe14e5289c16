/** Hours and days of the history, against the events that happened in them. */
import type { Handle } from "@revops/database";
import { type SQL, sql } from "drizzle-orm";
import { spans } from "../metering/buckets.ts";
import { presentColumns, presentEvents } from "../metering/stored-events.ts";
import type { PlanFeature } from "../plans/feature.ts";
import { keysBy, type NamedRow, type Numeric, nameOf, naming, notSummed } from "./audited.ts";
import type { Difference } from "./difference.ts";

export async function historyDifferences(
  handle: Handle,
  features: readonly PlanFeature[],
  subjectId: string | undefined,
): Promise<Difference[]> {
  const sqlite = handle.dialect === "sqlite";
  const ms = (column: SQL) => (sqlite ? column : sql`cast(extract(epoch from ${column}) * 1000 as bigint)`);
  const columns = presentColumns(handle.dialect);
  // Integer division on both: the time has no negative values, and no fractions.
  const startOf = (time: SQL, seconds: number) => {
    const length = sql.raw(String(seconds * 1_000));
    return sql`(${time} / ${length} * ${length})`;
  };
  const summed = keysBy(features, "sum", subjectId);
  const differences: Difference[] = [];
  for (const [span, seconds] of Object.entries(spans)) {
    const rows = await handle.rows<NamedRow & Record<"start" | "counted" | "happened", Numeric>>(sql`
      select ${naming}, audit.*
      from (
        select key, start, cast(sum(counted) as bigint) as counted, cast(sum(happened) as bigint) as happened
        from (
          select counter_key as key, ${ms(sql`start`)} as start, quantity as counted, 0 as happened, moment as counted_moment,
            0 as happened_moment
          from saas_buckets where span = ${sql.raw(String(seconds))} and counter_key in (${summed})
          union all
          select key, ${startOf(ms(sql`hour`), seconds)}, hour_quantity, 0, 0, 0
          from saas_counters where hour is not null and key in (${summed})
          union all
          select key, ${startOf(sql`time`, seconds)}, 0, quantity, 0,
            case when period_start = ${new Date(0)} then quantity * (time / 1000 - ${startOf(sql`time`, seconds)} / 1000)
              else 0 end
          from (
            select n.key as key, n.period_start as period_start, ${columns.time} as time, ${columns.quantity} as quantity
            from ${presentEvents} join saas_counters n on n.key = e.counter_key
            where e.counter_key in (${summed}) and ${columns.counts}
            union all
            select n.key, n.period_start, ${ms(sql`l.at`)}, l.quantity
            from saas_ledger l join saas_counters n on n.key = l.counter_key
            where l.kind = 'use' and l.counter_key in (${summed})
          ) as present
        ) as lines
        group by key, start
        having sum(counted) <> sum(happened) or sum(counted_moment) <> sum(happened_moment)
      ) as audit
      join saas_counters n on n.key = audit.key
      order by n.subject_id, n.feature, audit.start`);
    for (const row of rows) {
      differences.push({
        kind: "history",
        ...nameOf(row),
        span: span as keyof typeof spans,
        start: new Date(Number(row.start)),
        counted: Number(row.counted),
        events: Number(row.happened),
      });
    }
    differences.push(...(await otherHistories(handle, features, subjectId, span as keyof typeof spans)));
  }
  return differences;
}

/** Maxima, latest values and distinct values: together, the changes of their history are the balance. */
async function otherHistories(
  handle: Handle,
  features: readonly PlanFeature[],
  subjectId: string | undefined,
  span: keyof typeof spans,
): Promise<Difference[]> {
  const rows = await handle.rows<NamedRow & Record<"counted" | "used", Numeric>>(sql`
    select ${naming}, n.used as used, n.hour_quantity + coalesce(told.quantity, 0) as counted
    from saas_counters n left join (
      select counter_key, sum(quantity) as quantity from saas_buckets
      where span = ${sql.raw(String(spans[span]))} group by counter_key
    ) as told on told.counter_key = n.key
    where n.key in (${notSummed(features, subjectId)}) and n.used <> n.hour_quantity + coalesce(told.quantity, 0)`);
  return rows.map((row) => ({
    kind: "history",
    ...nameOf(row),
    span,
    start: null,
    counted: Number(row.counted),
    events: Number(row.used),
  }));
}
