/** How the matches are spread over categories and kinds, counted over the beginning of a walk. */
import { type Dialect, type Handle, type Prepared, prepared } from "@revops/database";
import { type SQL, sql } from "drizzle-orm";
import type { FacetCount } from "./search-request.ts";
import { windowWalk } from "./window-walk.ts";

export const facetNames = ["category", "kind"] as const;
export type FacetName = (typeof facetNames)[number];

export interface Spread {
  readonly counts: readonly { readonly category: string; readonly kind: string; readonly count: number }[];
  /** Whether as many as were asked for have been counted: there may be more. */
  readonly isFull: boolean;
}

export interface SpreadsQuery {
  /** Queries of the index, each counted for itself; undefined is everything. */
  readonly matches: readonly (string | undefined)[];
  /** Of each what it is counted for, where that is one facet alone: a third less work than for all. */
  readonly facets: readonly (FacetName | undefined)[];
  readonly priced: boolean;
  /** What the placeholders of the price stand for. */
  readonly prices: Readonly<Record<string, unknown>>;
  /** Matches that are counted of each at most, the most popular first. */
  readonly size: number;
}

/** How the matches of each query are spread. One statement for all: beginning one costs as much as counting a hundred matches. */
export async function selectSpreads(handle: Handle, query: SpreadsQuery): Promise<Spread[]> {
  if (query.matches.length === 0) return [];
  const values = Object.fromEntries(query.matches.map((match, index) => [matchName(index), match]));
  const rows = await statementOf(handle.dialect, query)(handle, { ...query.prices, ...values });
  return query.matches.map((_, index) => {
    const row = rows.find(({ number }) => Number(number) === index);
    return spreadOf(row?.text ?? null, query.size);
  });
}

/** The text of {@link spreadOf} for a table of matches. @param facet the only one that is asked for */
export function spreadText(dialect: Dialect, matches: SQL, facet?: FacetName): SQL {
  const columns = facetNames.map((name) => sql.raw(facet === undefined || facet === name ? name : `'' as ${name}`));
  const groups = sql.raw(facet ?? facetNames.join(", "));
  const counted = sql`(select ${sql.join(columns, sql`, `)}, count(*) as count from ${matches} group by ${groups}) c`;
  return dialect === "sqlite"
    ? sql`(select json_group_array(json_array(c.category, c.kind, c.count)) from ${counted})`
    : sql`(select json_agg(json_build_array(c.category, c.kind, c.count))::text from ${counted})`;
}

/** @param text null when nothing was found: PostgreSQL's array of no rows */
export function spreadOf(text: string | null, size: number): Spread {
  // As the statement above writes it.
  const rows = JSON.parse(text ?? "[]") as [category: string, kind: string, count: number][];
  const isFull = rows.reduce((sum, [, , count]) => sum + count, 0) === size;
  return { counts: rows.map(([category, kind, count]) => ({ category, kind, count })), isFull };
}

/** One facet of a spread, most frequent first. */
export function facetOf({ counts }: Spread, name: FacetName): FacetCount[] {
  const sums = new Map<string, number>();
  for (const { [name]: value, count } of counts) sums.set(value, (sums.get(value) ?? 0) + count);
  return [...sums]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
}

type Row = { number: unknown; text: string | null };
const statements = new Map<string, Prepared<Row[]>>();
const matchName = (index: number) => `match${index}`;

function statementOf(dialect: Dialect, { matches, facets, priced, size }: SpreadsQuery): Prepared<Row[]> {
  // A letter for each facet: PostgreSQL cuts names of 64 characters off.
  const kinds = matches.map(
    (match, index) => (match === undefined ? "all" : "some") + (facets[index]?.charAt(0) ?? ""),
  );
  const shape = [dialect, priced, size, ...kinds].join("_");
  const known = statements.get(shape);
  if (known) return known;
  const each = matches.map((match, index) => {
    const walk = windowWalk(dialect, { match: match === undefined ? null : matchName(index), priced, size });
    return sql`select ${sql.raw(String(index))} as number, ${spreadText(dialect, sql`(${walk}) w`, facets[index])} as text`;
  });
  const made = prepared(`marketplace_search_spread_${shape}`, (db) =>
    db
      .select({ number: sql<unknown>`f.number`, text: sql<string | null>`f.text` })
      .from(sql`(${sql.join(each, sql` union all `)}) f`),
  );
  statements.set(shape, made);
  return made;
}
