/** PostgreSQL: a GIN index over lexemes (https://www.postgresql.org/docs/current/textsearch.html). */
import { sql } from "drizzle-orm";
import type { SearchIndex } from "./matching.ts";

export const tsvectorIndex: SearchIndex = {
  matching: (terms) => ({
    from: sql`marketplace_search_documents d`,
    // The planner knows how common the terms are: it walks the positions for common ones, the GIN index for rare ones.
    where: sql`d.lexemes @@ ${tsquery(terms)}::tsquery`,
    position: sql`d.position`,
  }),
};

/** `'tar' & '·str'`: terms are letters, digits and a mark, and quoted, so nothing of them is read as an operator. */
export function tsquery(terms: readonly string[]): string {
  return terms.map((term) => `'${term}'`).join(" & ");
}
