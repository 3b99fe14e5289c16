/**
 * The SQL of a search in the order of a column. Few matches are gathered and sorted; where there are many, the column's
 * index is walked and most of what is met on the way matches. So neither sorts a good part of the catalogue.
 */
import type { Handle } from "@revops/database";
import { type SQL, sql } from "drizzle-orm";
import { priceCondition, priceValues } from "./filters.ts";
import { searchIndexes } from "./search-index.ts";
import type { Sort } from "./sorts.ts";

/** So many are sorted in a few milliseconds; of a million listings, one in five hundred are as many. */
const fewMatches = 2_000;

export interface SortedQuery {
  readonly sort: Sort;
  /** A query of the index; undefined is everything. */
  readonly match: string | undefined;
  readonly maxPrice: { readonly amount: number; readonly currency: string } | undefined;
  /** Behind this position of the sort. */
  readonly after: string | undefined;
  readonly limit: number;
  /** What is selected of a row of `marketplace_listings`. */
  readonly column: SQL;
}

export interface SortedRow {
  readonly id: string;
  /** Of the column that sorts. */
  readonly value: unknown;
  readonly selected: string;
}

/** Matches in the order of a column. `few` is how many are gathered at most. */
export async function selectSorted(handle: Handle, query: SortedQuery, few = fewMatches): Promise<SortedRow[]> {
  const { sort, match, maxPrice, after, limit } = query;
  const { from, id, column, where } = (await hasFewMatches(handle, match, few))
    ? gathered(handle, query)
    : walked(handle, query);
  const conditions = [where, priceCondition(maxPrice !== undefined)];
  if (after !== undefined) {
    const last = sort.read(after);
    conditions.push(sql`(${column}, ${id}) ${sort.descending ? sql`<` : sql`>`} (${last.value}, ${last.id})`);
  }
  const direction = sort.descending ? sql`desc` : sql`asc`;
  const order = sql`order by "value" ${direction}, "id" ${direction}`;
  const statement = sql`
    select page."id", "value", ${query.column} as "selected" from (
      select ${id} as "id", ${column} as "value" ${from} where ${sql.join(conditions, sql` and `)} ${order} limit ${limit}) page
    join marketplace_listings on marketplace_listings.id = page."id" order by page."value" ${direction}, page."id" ${direction}`;
  return handle.rows<{ id: string; value: unknown; selected: string }>(statement, priceValues({ maxPrice }));
}

async function hasFewMatches(handle: Handle, match: string | undefined, few: number): Promise<boolean> {
  if (match === undefined) return false;
  const walk = searchIndexes[handle.dialect].walk({
    match: sql`${match}`,
    where: sql`true`,
    limit: sql`${few}`,
  });
  const [counted] = await handle.rows<{ n: unknown }>(sql`select count(*) as n from (${walk}) w`);
  return Number(counted?.n ?? 0) < few;
}

interface Source {
  readonly from: SQL;
  readonly id: SQL;
  readonly column: SQL;
  readonly where: SQL;
}

function gathered(handle: Handle, { sort, match }: SortedQuery): Source {
  const from = searchIndexes[handle.dialect].matches(sql`${match}`);
  return { from, id: sql`e.listing_id`, column: sql`e.${sort.column}`, where: sql`true` };
}

/** The listings' indexes have the order, and that of the entries the names'. */
function walked(handle: Handle, { sort, match }: SortedQuery): Source {
  const isMatch = match === undefined ? sql`true` : searchIndexes[handle.dialect].isMatch(sql`${match}`);
  if (sort.ofEntries) {
    const from = sql`from marketplace_search_entries e`;
    return { from, id: sql`e.listing_id`, column: sql`e.${sort.column}`, where: isMatch };
  }
  return {
    from: sql`from marketplace_listings l join marketplace_search_entries e on e.listing_id = l.id`,
    id: sql`l.id`,
    column: sql`l.${sort.column}`,
    where: sql`l.status = 'published' and ${isMatch}`,
  };
}
