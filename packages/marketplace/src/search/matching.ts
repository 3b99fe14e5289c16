/** The port to a database's full-text index: how "has all these terms" is said in its SQL. */
import type { SQL } from "drizzle-orm";

/** Parts of a SELECT in which `d` is a row of `marketplace_search_documents`. */
export interface Matching {
  readonly from: SQL;
  readonly where: SQL;
  /** Ordering by this gives the most popular first, from the index and without sorting where the database can. */
  readonly position: SQL;
}

export interface SearchIndex {
  /** Documents that have all the terms (document.ts). One or more. */
  matching(terms: readonly string[]): Matching;
}
