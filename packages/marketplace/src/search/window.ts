/**
 * The statement of a search by relevance. It walks a window of the most popular matches, ranks them and counts them, whatever the
 * number of matches is. What follows a window is the next one. Those that are named so come with the first (named.ts).
 */
import { type Dialect, type Handle, type Prepared, prepared } from "@revops/database";
import { type SQL, sql } from "drizzle-orm";
import { bestSql, bestValues, type Ranked, type RankedRow, rankedOf, rankedRow } from "./best.ts";
import { facetNames, type Spread, spreadOf, spreadSql } from "./facets.ts";
import { walkedColumns } from "./matching.ts";
import { namedSql } from "./named.ts";
import { nameClassSql, type Rank, scoreSql } from "./ranking.ts";
import { windowWalk } from "./window-walk.ts";

/** Matches in a window: enough that the best of a common word are among them, few enough to be ranked in a millisecond. */
export const windowSize = 250;

/** A place in a walk. */
export interface Place {
  readonly tier: number;
  readonly position: number;
}

/** Before everything. */
export const beginningOfWalk: Place = { tier: 0, position: -1 };

export interface WindowQuery {
  readonly wordCount: number;
  readonly priced: boolean;
  readonly place: Place;
  /** What the placeholders of the statement stand for: queries of the index, words, prices. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Ranks behind this one. */
  readonly after: Rank | null;
  readonly limit: number;
  /** What is selected of a hit's row of `marketplace_listings`. */
  readonly column: SQL;
  /** Whether it is asked how the matches are spread, and not only whether there are more. */
  readonly counted: boolean;
  /** Whether the window is likely to end among the most popular entries. What is found is the same. */
  readonly isCommon: boolean;
}

export interface Window {
  /** The best of it, in no order. */
  readonly hits: readonly Ranked[];
  /** Of the matches in the window; when it is full, another may follow. */
  readonly spread: Spread;
  /** The last tier that was met. */
  readonly tier: number;
}

/** Ranks and counts one window. */
export async function selectWindow(handle: Handle, query: WindowQuery): Promise<Window> {
  const { values, place } = query;
  const rows = await statementOf(handle.dialect, query)(handle, {
    ...values,
    tier: place.tier,
    position: place.position,
    ...bestValues(query),
  });
  const counted = rows.find((row) => row.class === null);
  const spread = spreadOf(counted?.text ?? null, facetNames, windowSize, Number(counted?.position ?? 0));
  return { hits: rows.flatMap(rankedOf), spread, tier: Number(counted?.score ?? 0) };
}

/** Where the window behind a full one begins. Few pages end behind a window, so it is asked for by itself. */
export async function nextPlace(handle: Handle, { values, priced, place }: WindowQuery): Promise<Place> {
  const everything = values["match"] === undefined;
  const walk = windowWalk(handle.dialect, {
    match: everything ? null : "match",
    priced,
    size: windowSize,
    after: { tier: sql`cast(${place.tier} as integer)`, position: sql`cast(${place.position} as bigint)` },
  });
  // Everything is walked by position alone: an entry in another tier than its place is not where the window ends.
  const tierFirst = everything ? sql`` : sql`tier desc,`;
  const query = sql`select tier, position from (${walk}) w order by ${tierFirst} position desc limit 1`;
  const [last] = await handle.rows<{ tier: number; position: unknown }>(query, values);
  return { tier: last?.tier ?? place.tier, position: Number(last?.position ?? place.position) };
}

/** In the row without a class the last tier, how many matches there are, and how they are spread. */
const statements = new Map<string, Prepared<RankedRow[]>>();

/** One statement for each shape that a search has, compiled once. */
function statementOf(dialect: Dialect, query: WindowQuery): Prepared<RankedRow[]> {
  const { wordCount, priced, place, after, values, column, counted, isCommon } = query;
  const first = place.position === beginningOfWalk.position;
  const flags = {
    priced,
    first,
    everything: values["match"] === undefined,
    continues: after !== null,
    spread: counted,
    isCommon,
  };
  // A digit for each: PostgreSQL cuts names of 64 characters off.
  const shape = `${dialect}_${wordCount}_${Object.values(flags).map(Number).join("")}`;
  const known = statements.get(shape);
  if (known) return known;
  const text = windowSql(dialect, { wordCount, column, ...flags });
  const made = prepared(`marketplace_search_window_${shape}`, (db) => db.select(rankedRow).from(sql`(${text}) r`));
  statements.set(shape, made);
  return made;
}

interface Shape {
  readonly wordCount: number;
  readonly priced: boolean;
  /** Those that are named so come with the first window; later ones leave them out. */
  readonly first: boolean;
  /** Neither words nor filters. */
  readonly everything: boolean;
  /** Behind a rank. */
  readonly continues: boolean;
  /** How the matches are spread. */
  readonly spread: boolean;
  readonly isCommon: boolean;
  readonly column: SQL;
}

function windowSql(
  dialect: Dialect,
  { wordCount, priced, first, everything, continues, spread, isCommon, column }: Shape,
): SQL {
  const place = {
    tier: sql`cast(${sql.placeholder("tier")} as integer)`,
    position: sql`cast(${sql.placeholder("position")} as bigint)`,
  };
  const match = everything ? null : "match";
  const columns = sql`${walkedColumns}, ${nameClassSql(dialect, wordCount)} as class, ${scoreSql(dialect, wordCount)} as score`;
  const found = windowWalk(dialect, {
    match,
    priced,
    size: windowSize,
    after: first ? undefined : place,
    columns,
    isCommon,
  });
  const others = () => sql`(select * from found where position not in (
    select position from (${namedSql(dialect, wordCount, priced, sql`e.position`)}) n)) f`;
  const ranked = first || wordCount === 0 ? sql`found` : others();
  return sql`
    with found as materialized (select * from (${found}) w),
    counted as materialized (select count(*) as matches, max(tier) as tier, ${spread ? spreadSql(dialect, facetNames) : sql`null`} as spread from found)
    ${bestSql(ranked, { continues, column })}
    union all select null, tier, matches, spread from counted`;
}
