/**
 * The statement of a search by relevance. It walks a window of the most popular matches, adds those that are named so,
 * ranks them and counts them, whatever the number of matches is. What follows a window is the next one.
 */
import { type Dialect, type Handle, type Prepared, prepared } from "@revops/database";
import { type SQL, sql } from "drizzle-orm";
import { byShape } from "./by-shape.ts";
import { facetNames, type Spread, spreadOf, spreadSql } from "./facets.ts";
import { priceCondition } from "./filters.ts";
import { compareRanks, isInNameSql, nameClassSql, namedConditions, type Rank, rankedBy, scoreSql } from "./ranking.ts";
import { searchIndexes } from "./search-index.ts";
import { windowWalk } from "./window-walk.ts";

/** Matches in a window: enough that the best of a common word are among them, few enough to be ranked in a millisecond. */
export const windowSize = 250;
/** Beside them, of each way to be named like the query, the most popular. */
const namedSize = 40;

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
  /** Whether those that are named so are looked for beside the window, on another connection. What is found is the same. */
  readonly isApart: boolean;
}

export interface Window {
  /** Of each its rank, and what was selected. */
  readonly hits: readonly (Rank & { readonly selected: string })[];
  /** Of the matches in the window; when it is full, another may follow. */
  readonly spread: Spread;
  /** The last tier that was met. */
  readonly tier: number;
}

/** Ranks and counts one window. */
export async function selectWindow(handle: Handle, query: WindowQuery): Promise<Window> {
  const { values, place, after, limit, isApart, wordCount } = query;
  const all = {
    ...values,
    tier: place.tier,
    position: place.position,
    afterClass: after?.nameClass,
    afterScore: after?.score,
    afterPosition: after?.position,
    limit,
  };
  const select = async (part: Part) => statementOf(handle.dialect, query, part)(handle, all);
  const [rows, named] = await Promise.all(isApart ? [select("found"), select("named")] : [select("both"), []]);
  const counted = rows.find((row) => row.class === null);
  const spread = spreadOf(counted?.text ?? null, facetNames, windowSize, Number(counted?.position ?? 0));
  const hits = rows.flatMap(hitOf);
  // As the statement for both does it.
  const isMissed = spread.isFull || wordCount > 1;
  const others = named
    .flatMap(hitOf)
    .filter(({ position }) => isMissed && hits.every((hit) => hit.position !== position));
  const best = [...hits, ...others].sort(compareRanks).slice(0, limit);
  return { hits: best, spread, tier: Number(counted?.score ?? 0) };
}

function hitOf({ class: nameClass, score, position, text }: Row): Window["hits"][number][] {
  if (nameClass === null || text === null) return [];
  return [{ nameClass: Number(nameClass), score: Number(score), position: Number(position), selected: text }];
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

/** Of a hit its rank and what was selected; in the last row the last tier, how many matches there are, and how they are spread. */
type Row = { class: unknown; score: unknown; position: unknown; text: string | null };
const ofShape = byShape<Row[]>();

/** What a statement finds: the window, those that are named so, or both. */
type Part = "found" | "named" | "both";

/** One statement for each shape that a search has, compiled once. */
function statementOf(dialect: Dialect, query: WindowQuery, part: Part): Prepared<Row[]> {
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
  const shape = `${dialect}_${part}_${wordCount}_${Object.values(flags).map(Number).join("")}`;
  return ofShape(shape, () => {
    const text = windowSql(dialect, { wordCount, column, part, ...flags });
    return prepared(`marketplace_search_window_${shape}`, (db) =>
      db
        .select({
          class: sql<unknown>`r.class`,
          score: sql<unknown>`r.score`,
          position: sql<unknown>`r.position`,
          text: sql<string | null>`r.text`,
        })
        .from(sql`(${text}) r`),
    );
  });
}

interface Shape {
  readonly wordCount: number;
  readonly priced: boolean;
  /** The first window has those that are named so in front; later ones leave them out. */
  readonly first: boolean;
  /** Neither words nor filters. */
  readonly everything: boolean;
  /** Behind a rank. */
  readonly continues: boolean;
  /** How the matches are spread. */
  readonly spread: boolean;
  readonly isCommon: boolean;
  readonly column: SQL;
  readonly part: Part;
}

/** More than any score of words: class and score in one number are sorted by sooner than one after the other. */
const classWeight = sql.raw(String(2 ** 40));

const whole = (name: string) => sql`cast(${sql.placeholder(name)} as bigint)`;

function windowSql(
  dialect: Dialect,
  { wordCount, priced, first, everything, continues, spread, isCommon, column, part }: Shape,
): SQL {
  const place = { tier: sql`cast(${sql.placeholder("tier")} as integer)`, position: whole("position") };
  const match = everything ? null : "match";
  // All that match of the tiers before the window's last one are in it, and of one word the score tells which have it in their names.
  // To count them takes longer than the looks that it spares, unless those are for filters too.
  const isSpared = first && part === "both" && wordCount === 1 && !spread && !isCommon;
  const kept = sql.raw(`e.tier, e.position, e.listing_id${spread ? ", e.category, e.kind" : ""}`);
  // Each column of a match is copied on its way.
  const read = sql`${kept}, ${rankedBy(wordCount)}`;
  const columns = sql`${kept}, ${sql.raw(isSpared ? "e.popularity," : "")}
    ${nameClassSql(dialect, wordCount)} as class, ${scoreSql(dialect, wordCount)} as score`;
  const found = windowWalk(dialect, {
    match,
    priced,
    size: windowSize,
    after: first ? undefined : place,
    columns,
    read,
    isCommon,
  });
  // Of few matches all have been found, those that are named so among them; but words that are run together are another one.
  const whenMissed =
    first && part === "both" ? sql`(select matches = ${sql.raw(String(windowSize))} from counted)` : sql`true`;
  const lastTier = sql`(select tier from counted)`;
  const given = isSpared
    ? { before: lastTier, count: sql`(select count(*) from found where tier < ${lastTier} and ${isInNameSql()})` }
    : undefined;
  const named = () => {
    const { begins, within } = namedConditions(dialect, wordCount);
    return searchIndexes[dialect].walkEach({
      queries: [
        { match: sql`${sql.placeholder("named")}`, when: wordCount === 1 ? whenMissed : sql`true`, where: sql`true` },
        { match: sql`${sql.placeholder("begins")}`, when: whenMissed, where: begins },
        { match: sql`${sql.placeholder("within")}`, when: whenMissed, where: within, given },
      ],
      where: priceCondition(priced),
      limit: sql.raw(String(namedSize)),
      columns,
      read,
    });
  };
  const behind = continues
    ? sql`(class > ${whole("afterClass")} or (class = ${whole("afterClass")} and
        (score < ${whole("afterScore")} or (score = ${whole("afterScore")} and position > ${whole("afterPosition")}))))`
    : sql`true`;
  // The limit in a SELECT: PostgreSQL would plan anew each time for a limit that it knows, to no other end.
  const best = (of: SQL) => sql`select listing_id, class, score, position from ${of}
    order by class * ${classWeight} - score, position limit (select ${whole("limit")})`;
  const others = (than: string) => sql`position not in (select position from ${sql.raw(than)}) and ${behind}`;
  const listings = (page: SQL) => sql`select cast(class as bigint) as class, score, position, ${column} as text
    from ${page} join marketplace_listings on marketplace_listings.id = page.listing_id`;
  if (part === "named") return listings(sql`(${best(sql`(${named()}) n where ${behind}`)}) page`);
  const isBoth = wordCount > 0 && part === "both";
  const bestFound = best(sql`found where ${isBoth && !first ? others("named") : behind}`);
  // What is among the best of the window and named so is met twice; what is neither is not among the best of both.
  const bestOfBoth = best(sql`(
    select * from best union all select listing_id, class, score, position from named where ${others("best")}) b`);
  return sql`
    with found as materialized (select * from (${found}) w),
    counted as materialized (select count(*) as matches, max(tier) as tier, ${spread ? spreadSql(dialect, facetNames) : sql`null`} as spread from found),
    ${isBoth ? sql`named as materialized (${named()}),` : sql``}
    best as materialized (${bestFound}),
    page as (${isBoth && first ? bestOfBoth : sql`select * from best`})
    ${listings(sql`page`)}
    union all select null, tier, matches, spread from counted`;
}
