/** Which balances are looked at, how a feature makes its balance, and how a difference is named. */
import { type SQL, sql } from "drizzle-orm";
import { meterOf } from "../metering/meter.ts";
import type { PlanFeature } from "../plans/feature.ts";

/** A feature's aggregation as far as the audit can tell features apart. */
export type Aggregation = "sum" | "max" | "latest" | "unique";

export function aggregationOf(feature: PlanFeature): Aggregation {
  const { aggregation } = meterOf(feature);
  return aggregation === "max" || aggregation === "latest" || aggregation === "unique" ? aggregation : "sum";
}

/** The keys of the balances of features with an aggregation; a feature that the plans have no more is a sum. */
export function keysBy(features: readonly PlanFeature[], aggregation: Aggregation, subjectId: string | undefined): SQL {
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

export function ofSubject(subjectId: string | undefined): SQL {
  return subjectId === undefined ? sql`` : sql`and subject_id = ${subjectId}`;
}

/** As either driver gives it: big integers as text, times as dates or milliseconds. */
export interface NamedRow {
  readonly subject_id: string | null;
  readonly feature: string | null;
  readonly period_start: Date | number | null;
}
export type Numeric = string | number;

export function nameOf(row: NamedRow) {
  const start = row.period_start === null ? null : new Date(row.period_start);
  // Standing counts are kept under 1970.
  return { subjectId: row.subject_id, feature: row.feature, periodStart: start?.getTime() === 0 ? null : start };
}

export const naming = sql`n.subject_id as subject_id, n.feature as feature, n.period_start as period_start`;

/** The keys of the balances that are no sums. */
export function notSummed(features: readonly PlanFeature[], subjectId: string | undefined): SQL {
  return sql.join(
    (["max", "latest", "unique"] as const).map((aggregation) => keysBy(features, aggregation, subjectId)),
    sql` union all `,
  );
}
