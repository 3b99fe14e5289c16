/** The SQL of a search in the order of a column. */
import type { Handle } from "@revops/database";
import { type SQL, sql } from "drizzle-orm";
import { searchIndexes } from "./search-index.ts";
import type { Sort } from "./sorts.ts";

export interface SortedQuery {
  readonly sort: Sort;
  /** A query of the index; undefined is everything. */
  readonly match: string | undefined;
  readonly maxPrice: { readonly amount: number; readonly currency: string } | undefined;
  /** Behind this position of the sort. */
  readonly after: string | undefined;
  readonly limit: number;
}

export interface SortedRow {
  readonly id: string;
  readonly value: unknown;
}

/** Matches in the order of a column. */
export function selectSorted(
  handle: Handle,
  { sort, match, maxPrice, after, limit }: SortedQuery,
): Promise<SortedRow[]> {
  // Without anything to match, the listings' own indexes have the order.
  const inOrder = match === undefined && !sort.ofEntries;
  const [id, from] = inOrder
    ? [sql`e.id`, sql`from marketplace_listings e`]
    : [sql`e.listing_id`, match === undefined ? entries : searchIndexes[handle.dialect].matches(sql`${match}`)];
  const column = sql`e.${sort.column}`;
  const conditions: SQL[] = [inOrder ? sql`e.status = 'published'` : sql`true`];
  if (maxPrice) {
    conditions.push(sql`(e.price_currency is null
      or (e.price_currency = ${maxPrice.currency} and e.price_amount <= ${maxPrice.amount}))`);
  }
  if (after !== undefined) {
    const last = sort.read(after);
    conditions.push(sql`(${column}, ${id}) ${sort.descending ? sql`<` : sql`>`} (${last.value}, ${last.id})`);
  }
  const direction = sort.descending ? sql`desc` : sql`asc`;
  return handle.rows<SortedRow>(sql`
    select ${id} as "id", ${column} as "value" ${from} where ${sql.join(conditions, sql` and `)}
    order by ${column} ${direction}, ${id} ${direction} limit ${limit}`);
}

const entries = sql`from marketplace_search_entries e`;
