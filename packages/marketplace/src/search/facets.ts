/** How the matches are spread over categories and kinds, counted over the beginning of a walk. */
import { type Dialect, type Handle, type Prepared, prepared } from "@revops/database";
import { type SQL, sql } from "drizzle-orm";
import { byShape } from "./by-shape.ts";
import type { FacetCount } from "./search-request.ts";
import { windowWalk } from "./window-walk.ts";

export const facetNames = ["category", "kind"] as const;
export type FacetName = (typeof facetNames)[number];

export interface Spread {
  /** Of each facet that was asked for, how often each value is among the matches. */
  readonly counts: Readonly<Record<FacetName, ReadonlyMap<string, number>>>;
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
    return spreadOf(row?.text ?? null, countedFor(query.facets[index]), query.size);
  });
}

/** Between the values of a match, and between matches: no category and no kind has them in it. */
const [betweenValues, betweenMatches] = ["\t", "\n"];

/**
 * The text of {@link spreadOf}, aggregated over matches: the values of every match, to be counted here. Grouping them there takes
 * longer than writing them all down, and so does writing them as JSON.
 * @param facets which are asked for
 */
export function spreadSql(dialect: Dialect, facets: readonly FacetName[]): SQL {
  const values = facets.join(` || '${betweenValues}' || `);
  return sql.raw(`${dialect === "sqlite" ? "group_concat" : "string_agg"}(${values}, '${betweenMatches}')`);
}

/**
 * @param facets as they were asked for
 * @param size of so many matches there may be more
 * @param found how many there are, when that is known without the text
 */
export function spreadOf(text: string | null, facets: readonly FacetName[], size: number, found?: number): Spread {
  const counts = { category: new Map<string, number>(), kind: new Map<string, number>() };
  const matches = text === null ? [] : text.split(betweenMatches);
  // Many have the same values, so few are taken apart.
  for (const [match, count] of countEach(matches)) {
    for (const [index, value] of match.split(betweenValues).entries()) {
      const facet = facets[index];
      if (facet) add(counts[facet], value, count);
    }
  }
  return { counts, isFull: (found ?? matches.length) === size };
}

function countEach(values: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) add(counts, value, 1);
  return counts;
}

const add = (counts: Map<string, number>, value: string, count: number) =>
  counts.set(value, (counts.get(value) ?? 0) + count);

/** One facet of a spread, most frequent first. */
export function facetOf({ counts }: Spread, name: FacetName): FacetCount[] {
  return [...counts[name]]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
}

const countedFor = (facet: FacetName | undefined) => (facet === undefined ? facetNames : [facet]);

type Row = { number: unknown; text: string | null };
const ofShape = byShape<Row[]>();
const matchName = (index: number) => `match${index}`;

function statementOf(dialect: Dialect, { matches, facets, priced, size }: SpreadsQuery): Prepared<Row[]> {
  // A letter for each facet: PostgreSQL cuts names of 64 characters off.
  const kinds = matches.map(
    (match, index) => (match === undefined ? "all" : "some") + (facets[index]?.charAt(0) ?? ""),
  );
  const shape = [dialect, priced, size, ...kinds].join("_");
  return ofShape(shape, () => {
    const each = matches.map((match, index) => {
      const counted = countedFor(facets[index]);
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
    return prepared(`marketplace_search_spread_${shape}`, (db) =>
      db
        .select({ number: sql<unknown>`f.number`, text: sql<string | null>`f.text` })
        .from(sql`(${sql.join(each, sql` union all `)}) f`),
    );
  });
}
