/** How the matches are spread over categories and kinds, counted over the beginning of a walk. */
import { type Dialect, type Handle, type Prepared, prepared } from "@revops/database";
import { type SQL, sql } from "drizzle-orm";
import type { FacetCount } from "./search-request.ts";
import { windowWalk } from "./window-walk.ts";

export const facetNames = ["category", "kind"] as const;
export type FacetName = (typeof facetNames)[number];

export interface Spread {
  /** Of each facet that was asked for, the values of all matches. */
  readonly values: Readonly<Record<FacetName, readonly string[]>>;
  /** Whether as many as were asked for have been counted: there may be more. */
  readonly isFull: boolean;
}

export interface SpreadsQuery {
  /** Queries of the index, each counted for itself; undefined is everything. */
  readonly matches: readonly (string | undefined)[];
  /** Of each what it is counted for, where that is one facet alone. */
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

/**
 * The text of {@link spreadOf}, aggregated over matches: of each facet the value of every match, to be counted here. Grouping them
 * there takes longer than writing them all down.
 * @param facets which are asked for
 */
export function spreadSql(dialect: Dialect, facets: readonly FacetName[]): SQL {
  const lists = facetNames.map((name) => {
    if (dialect === "sqlite") return facets.includes(name) ? `json_group_array(${name})` : "json_array()";
    return facets.includes(name) ? `coalesce(json_agg(${name})::text, '[]')` : "'[]'";
  });
  return sql.raw(
    dialect === "sqlite" ? `json_array(${lists.join(", ")})` : `'[' || ${lists.join(" || ',' || ")} || ']'`,
  );
}

/** @param matches how many were counted, when that is known without the text */
export function spreadOf(text: string | null, size: number, matches?: number): Spread {
  // As the statement above writes it.
  const [category = [], kind = []] = JSON.parse(text ?? "[]") as string[][];
  return { values: { category, kind }, isFull: (matches ?? Math.max(category.length, kind.length)) === size };
}

/** One facet of a spread, most frequent first. */
export function facetOf({ values }: Spread, name: FacetName): FacetCount[] {
  const counts = new Map<string, number>();
  for (const value of values[name]) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts]
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
    const counted = facets[index] === undefined ? facetNames : [facets[index]];
    const columns = sql.raw(["position", ...counted].map((name) => `e.${name}`).join(", "));
    const walk = windowWalk(dialect, {
      match: match === undefined ? null : matchName(index),
      priced,
      size,
      columns,
      read: columns,
      // Without one of its filters it mostly is.
      isCommon: true,
    });
    return sql`select ${sql.raw(String(index))} as number, ${spreadSql(dialect, counted)} as text from (${walk}) w`;
  });
  const made = prepared(`marketplace_search_spread_${shape}`, (db) =>
    db
      .select({ number: sql<unknown>`f.number`, text: sql<string | null>`f.text` })
      .from(sql`(${sql.join(each, sql` union all `)}) f`),
  );
  statements.set(shape, made);
  return made;
}
