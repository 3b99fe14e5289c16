/** SQLite: FTS5 (https://sqlite.org/fts5.html), whose rowid is the popularity rank. */
import { sql } from "drizzle-orm";
import type { SearchIndex } from "./search-index.ts";

export const fts5Index: SearchIndex = {
  matching: (words) => ({
    // A cross join keeps the written order: SQLite then walks the index by rowid and stops at the limit.
    from: sql`marketplace_search cross join marketplace_search_documents d on d.position = marketplace_search.rowid`,
    where: sql`marketplace_search match ${fts5Query(words)}`,
    position: sql`marketplace_search.rowid`,
  }),
};

/** `"tar" "str"*`: words are letters and digits alone, and quoted, so nothing of them is read as an operator. */
export function fts5Query(words: readonly string[]): string {
  return `${words.map((word) => `"${word}"`).join(" ")}*`;
}
