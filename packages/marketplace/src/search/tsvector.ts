/** PostgreSQL: a GIN index over lexemes (https://www.postgresql.org/docs/current/textsearch.html). */
import { sql } from "drizzle-orm";
import type { SearchIndex } from "./search-index.ts";

export const tsvectorIndex: SearchIndex = {
  matching: (words) => ({
    from: sql`marketplace_search_documents d`,
    // The planner knows how common the words are: it walks the positions for common ones, the GIN index for rare ones.
    where: sql`d.lexemes @@ ${tsquery(words)}::tsquery`,
    position: sql`d.position`,
  }),
};

/** `'tar' & 'str':*`: words are letters and digits alone, and quoted, so nothing of them is read as an operator. */
export function tsquery(words: readonly string[]): string {
  return `${words.map((word) => `'${word}'`).join(" & ")}:*`;
}
