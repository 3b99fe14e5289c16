/**
 * Every balance, hour, day and group computed once more, from the ledger and from the events, in SQL that shares nothing with
 * the code that wrote them. Reads everything; each question in one snapshot.
 */
import type { Handle } from "@revops/database";
import { type SQL, sql } from "drizzle-orm";
import { spans } from "../metering/buckets.ts";
import { dimensionsOf, meterOf } from "../metering/meter.ts";
import { presentColumns, presentEvents } from "../metering/stored-events.ts";
import type { PlanFeature } from "../plans/feature.ts";
import type { Plans } from "../plans/plans.ts";
import { quotaDifferences } from "../quotas/audit.ts";
import type { Difference } from "./difference.ts";

/** A feature's aggregation as far as the audit can tell features apart. */
type Aggregation = "sum" | "max" | "latest" | "unique";

export async function audit(handle: Handle, plans: Plans, subjectId: string | undefined): Promise<Difference[]> {
  const counted = plans.features.filter(({ kind }) => kind === "metered" || kind === "allocated");
  return [
    ...(await balanceDifferences(handle, counted, subjectId)),
    ...(await historyDifferences(handle, counted, subjectId)),
    ...(await groupDifferences(handle, counted, subjectId)),
    ...(await quotaDifferences(handle, subjectId)),
  ];
}

function aggregationOf(feature: PlanFeature): Aggregation {
  const { aggregation } = meterOf(feature);
  return aggregation === "max" || aggregation === "latest" || aggregation === "unique" ? aggregation : "sum";
}

/** The keys of the balances of features with an aggregation; a feature that the plans have no more is a sum. */
function keysBy(features: readonly PlanFeature[], aggregation: Aggregation, subjectId: string | undefined): SQL {
  const others = features.filter((feature) => aggregationOf(feature) !== "sum");
  const named = others.filter((feature) => aggregationOf(feature) === aggregation);
  const list = (of: readonly PlanFeature[]) =>
    sql.join(
      // No feature has an empty id: a list that is empty matches nothing.
      (of.length === 0 ? [""] : of.map(({ id }) => id)).map((id) => sql`${id}`),
      sql`, `,
    );
  const of = aggregation === "sum" ? sql`feature not in (${list(others)})` : sql`feature in (${list(named)})`;
  return sql`select key from saas_counters where ${of} ${ofSubject(subjectId)}`;
}

function ofSubject(subjectId: string | undefined): SQL {
  return subjectId === undefined ? sql`` : sql`and subject_id = ${subjectId}`;
}

/** As either driver gives it: big integers as text, times as dates or milliseconds. */
interface NamedRow {
  readonly subject_id: string | null;
  readonly feature: string | null;
  readonly period_start: Date | number | null;
}
type Numeric = string | number;

function nameOf(row: NamedRow) {
  const start = row.period_start === null ? null : new Date(row.period_start);
  // Standing counts are kept under 1970.
  return { subjectId: row.subject_id, feature: row.feature, periodStart: start?.getTime() === 0 ? null : start };
}

const naming = sql`n.subject_id as subject_id, n.feature as feature, n.period_start as period_start`;

async function balanceDifferences(
  handle: Handle,
  features: readonly PlanFeature[],
  subjectId: string | undefined,
): Promise<Difference[]> {
  const all = sql`select key from saas_counters where true ${ofSubject(subjectId)}`;
  const only = (column: SQL) => (subjectId === undefined ? sql`` : sql`where ${column} in (${all})`);
  // Events of a balance whose row is gone are looked at as sums.
  const summed = (column: SQL) =>
    subjectId === undefined
      ? sql`${column} not in (${notSummed(features)})`
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

function notSummed(features: readonly PlanFeature[]): SQL {
  return sql.join(
    (["max", "latest", "unique"] as const).map((aggregation) => keysBy(features, aggregation, undefined)),
    sql` union all `,
  );
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

async function historyDifferences(
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
  const keys = sql.join(
    (["max", "latest", "unique"] as const).map((aggregation) => keysBy(features, aggregation, subjectId)),
    sql` union all `,
  );
  const rows = await handle.rows<NamedRow & Record<"counted" | "used", Numeric>>(sql`
    select ${naming}, n.used as used, n.hour_quantity + coalesce(told.quantity, 0) as counted
    from saas_counters n left join (
      select counter_key, sum(quantity) as quantity from saas_buckets
      where span = ${sql.raw(String(spans[span]))} group by counter_key
    ) as told on told.counter_key = n.key
    where n.key in (${keys}) and n.used <> n.hour_quantity + coalesce(told.quantity, 0)`);
  return rows.map((row) => ({
    kind: "history",
    ...nameOf(row),
    span,
    start: null,
    counted: Number(row.counted),
    events: Number(row.used),
  }));
}

async function groupDifferences(
  handle: Handle,
  features: readonly PlanFeature[],
  subjectId: string | undefined,
): Promise<Difference[]> {
  const columns = presentColumns(handle.dialect);
  const differences: Difference[] = [];
  for (const feature of features) {
    for (const dimension of dimensionsOf(meterOf(feature))) {
      const member =
        handle.dialect === "sqlite"
          ? sql`coalesce(${columns.metadata} -> ${`$.${JSON.stringify(dimension)}`}, 'null')`
          : sql`coalesce(((${columns.metadata}) -> ${dimension}::text)::text, 'null')`;
      const rows = await handle.rows<
        NamedRow & { value: string } & Record<"quantity" | "events" | "found" | "found_events", Numeric>
      >(sql`
        select ${naming}, audit.*
        from (
          select key, value, cast(sum(quantity) as bigint) as quantity, cast(sum(events) as bigint) as events,
            cast(sum(found) as bigint) as found, cast(sum(found_events) as bigint) as found_events
          from (
            select counter_key as key, value, quantity, events, 0 as found, 0 as found_events
            from saas_groups where dimension = ${dimension}
            union all
            select e.counter_key, ${member}, 0, 0, ${columns.quantity}, 1 from ${presentEvents} where ${columns.counts}
          ) as lines
          where key in (select key from saas_counters where feature = ${feature.id} ${ofSubject(subjectId)})
          group by key, value
          having sum(quantity) <> sum(found) or sum(events) <> sum(found_events)
        ) as audit
        join saas_counters n on n.key = audit.key
        order by n.subject_id, n.period_start, audit.value`);
      for (const row of rows) {
        differences.push({
          kind: "group",
          ...nameOf(row),
          dimension,
          value: row.value,
          counted: [Number(row.quantity), Number(row.events)],
          events: [Number(row.found), Number(row.found_events)],
        });
      }
    }
  }
  return differences;
}
