/** How the matches are spread, counted over the first window of a walk (window.ts). */
import { type Dialect, type Handle, type Prepared, prepared } from "@revops/database";
import { sql } from "drizzle-orm";
import type { FacetCount } from "./search-request.ts";
import { windowWalk } from "./window.ts";

export const facetNames = ["category", "kind"] as const;
export type FacetName = (typeof facetNames)[number];

export interface FacetQuery {
  readonly facet: FacetName;
  readonly priced: boolean;
  readonly values: Readonly<Record<string, unknown>>;
}

export async function countFacet(handle: Handle, query: FacetQuery): Promise<FacetCount[]> {
  const rows = await statementOf(handle.dialect, query)(handle, { ...query.values });
  return inOrder(rows.map(({ value, count }) => ({ value, count: Number(count) })));
}

/** A facet of what was counted by more than one. */
export function facetOf(counts: readonly { count: number; value: string }[]): FacetCount[] {
  const sums = new Map<string, number>();
  for (const { value, count } of counts) sums.set(value, (sums.get(value) ?? 0) + count);
  return inOrder([...sums].map(([value, count]) => ({ value, count })));
}

/** Most frequent first. */
function inOrder(counts: FacetCount[]): FacetCount[] {
  return counts.sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
}

type Row = { value: string; count: unknown };
const statements = new Map<string, Prepared<Row[]>>();

function statementOf(dialect: Dialect, { facet, priced, values }: FacetQuery): Prepared<Row[]> {
  const everything = values["match"] === undefined;
  const shape = [dialect, facet, priced, everything].join("_");
  const known = statements.get(shape);
  if (known) return known;
  const walk = windowWalk(dialect, { match: everything ? null : "match", priced });
  const value = sql.raw(`w.${facet}`);
  const made = prepared(`marketplace_search_facet_${shape}`, (db) =>
    db
      .select({ value: sql<string>`f.value`, count: sql<unknown>`f.count` })
      .from(sql`(select ${value} as value, count(*) as count from (${walk}) w group by ${value}) f`),
  );
  statements.set(shape, made);
  return made;
}
