/** SQLite: FTS5 (https://sqlite.org/fts5.html), whose rowid is the popularity rank. */
import { sql } from "drizzle-orm";
import type { SearchIndex } from "./matching.ts";

export const fts5Index: SearchIndex = {
  matching: (terms) => ({
    // A cross join keeps the written order: SQLite then walks the index by rowid and stops at the limit.
    from: sql`marketplace_search cross join marketplace_search_documents d on d.position = marketplace_search.rowid`,
    where: sql`marketplace_search match ${fts5Query(terms)}`,
    position: sql`marketplace_search.rowid`,
  }),
};

/** `"tar" "·str"`: terms are letters, digits and a mark, and quoted, so nothing of them is read as an operator. */
export function fts5Query(terms: readonly string[]): string {
  return terms.map((term) => `"${term}"`).join(" ");
}
