/** Balances as they are counted, as their ledger has them, and as their events come to. */
import type { Handle } from "@revops/database";
import { type SQL, sql } from "drizzle-orm";
import { meterOf } from "../metering/meter.ts";
import { presentColumns, presentEvents } from "../metering/stored-events.ts";
import type { PlanFeature } from "../plans/feature.ts";
import {
  type Aggregation,
  aggregationOf,
  keysBy,
  type NamedRow,
  type Numeric,
  nameOf,
  naming,
  notSummed,
  ofSubject,
} from "./audited.ts";
import type { Difference } from "./difference.ts";

export async function balanceDifferences(
  handle: Handle,
  features: readonly PlanFeature[],
  subjectId: string | undefined,
): Promise<Difference[]> {
  const all = sql`select key from saas_counters where true ${ofSubject(subjectId)}`;
  const only = (column: SQL) => (subjectId === undefined ? sql`` : sql`where ${column} in (${all})`);
  // Events of a balance whose row is gone are looked at as sums.
  const summed = (column: SQL) =>
    subjectId === undefined
      ? sql`${column} not in (${notSummed(features, undefined)})`
      : sql`${column} in (${keysBy(features, "sum", subjectId)})`;
  const columns = presentColumns(handle.dialect);
  const present = (aggregation: Aggregation) =>
    sql`from ${presentEvents} where e.counter_key in (${keysBy(features, aggregation, subjectId)}) and ${columns.counts}`;
  const distinct = sql`
    select counter_key, 0, 0, cast(sum(case when events > 0 then unit else 0 end) as bigint), 0 from (
      select g.counter_key, g.events, ${unitOf(features)} as unit from saas_groups g
      join saas_counters n on n.key = g.counter_key
      where g.counter_key in (${keysBy(features, "unique", subjectId)}) and ${isProperty(features)}
    ) as told group by counter_key`;
  const rows = await handle.rows<NamedRow & Record<"counted" | "entered" | "happened" | "missing", Numeric>>(sql`
    select ${naming}, audit.*
    from (
      select key, cast(sum(counted) as bigint) as counted, cast(sum(entered) as bigint) as entered,
        cast(sum(happened) as bigint) as happened, cast(sum(missing) as bigint) as missing
      from (
        select key, used as counted, 0 as entered, 0 as happened, entries as missing from saas_counters ${only(sql`key`)}
        union all
        select counter_key, 0, quantity, 0, -1 from saas_ledger ${only(sql`counter_key`)}
        union all
        select counter_key, 0, 0, case when entry > 0 then quantity else 0 end, 0 from saas_events
          where ${summed(sql`counter_key`)}
        union all
        select counter_key, 0, 0, change, 0 from saas_corrections where ${summed(sql`counter_key`)}
        union all
        select counter_key, 0, 0, quantity, 0 from saas_ledger
          where kind in ('adjustment', 'use') ${subjectId === undefined ? sql`` : sql`and counter_key in (${all})`}
        union all
        select counter_key, 0, 0, quantity, 0 from saas_reservations
          where state = 'held' ${subjectId === undefined ? sql`` : sql`and counter_key in (${all})`}
        union all
        select e.counter_key, 0, 0, max(${columns.quantity}), 0 ${present("max")} group by e.counter_key
        union all
        select counter_key, 0, 0, quantity, 0 from (
          select e.counter_key as counter_key, ${columns.quantity} as quantity, row_number() over (
            partition by e.counter_key order by ${columns.time} desc, ${columns.quantity} desc) as place
          ${present("latest")}
        ) as ranked where place = 1
        union all
        ${distinct}
      ) as lines
      group by key
      having sum(counted) <> sum(entered) or sum(entered) <> sum(happened) or sum(missing) <> 0
    ) as audit
    left join saas_counters n on n.key = audit.key
    order by n.subject_id, n.feature, n.period_start`);
  return rows.map((row) => ({
    kind: "balance",
    ...nameOf(row),
    counted: Number(row.counted),
    ledger: Number(row.entered),
    events: Number(row.happened),
    missingEntries: Number(row.missing),
  }));
}

/** One, in the smallest unit of the balance `n`'s feature. */
function unitOf(features: readonly PlanFeature[]): SQL {
  const fine = features.filter(({ decimals }) => decimals > 0);
  if (fine.length === 0) return sql`1`;
  const cases = fine.map(({ id, decimals }) => sql`when n.feature = ${id} then ${sql.raw(String(10 ** decimals))}`);
  return sql`case ${sql.join(cases, sql` `)} else 1 end`;
}

/** Whether the group `g` is one of the values that its balance `n` tells apart. */
function isProperty(features: readonly PlanFeature[]): SQL {
  const unique = features.filter((feature) => aggregationOf(feature) === "unique");
  const any = unique.map((feature) => sql`(n.feature = ${feature.id} and g.dimension = ${meterOf(feature).property})`);
  return any.length === 0 ? sql`false` : sql`(${sql.join(any, sql` or `)})`;
}
