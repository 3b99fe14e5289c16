/** Groups by the values of a dimension, against the events that have them. */
import type { Handle } from "@revops/database";
import { sql } from "drizzle-orm";
import { dimensionsOf, meterOf } from "../metering/meter.ts";
import { presentColumns, presentEvents } from "../metering/stored-events.ts";
import type { PlanFeature } from "../plans/feature.ts";
import { type NamedRow, type Numeric, nameOf, naming, ofSubject } from "./audited.ts";
import type { Difference } from "./difference.ts";

export async function groupDifferences(
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
