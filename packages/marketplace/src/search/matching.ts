/** The port to a database's full-text index. */
import type { Database, Tx } from "@revops/database";
import { type SQL, sql } from "drizzle-orm";
import type { SearchEntry } from "./entry.ts";

/** Each inner list is alternatives, one of which a listing must have (terms.ts). */
export type Terms = readonly (readonly string[])[];

/** Parts of a SELECT in which `e` is a row of `marketplace_search_entries`. */
export interface Walk {
  /** The text of a query, as `queryOf` writes it; null is everything. */
  readonly match: SQL | null;
  /** A condition on `e` beside it. */
  readonly where: SQL;
  /** Begins behind this place, or with the first. */
  readonly after?: { readonly tier: SQL; readonly position: SQL } | undefined;
  readonly limit: SQL;
  /** Expressions over `e`, worked out for what the walk gives and not for what it meets; {@link walkedColumns} unless said otherwise. */
  readonly columns?: SQL | undefined;
  /** The columns of `e` that these are made of, the position among them, where they are few; else {@link rankedColumns}. */
  readonly read?: SQL | undefined;
  /** Whether the most popular entries are likely to be enough. What is given is the same. */
  readonly isCommon?: boolean | undefined;
}

interface ConditionalQuery {
  readonly match: SQL;
  /** The query is left out unless this holds. */
  readonly when: SQL;
  /** A condition on `e` beside the query. */
  readonly where: SQL;
  /** What is given already of the tiers before this one, and how many that is: an index in tiers need not look there again. */
  readonly given?: { readonly before: SQL; readonly count: SQL } | undefined;
}

export interface SearchIndex {
  /** Terms in the index's language. Nothing in a term is read as an operator. */
  queryOf(terms: Terms): string;
  /**
   * A SELECT of the entries that match, the most popular first, so many at most. What it costs depends on the limit and
   * not on how many match.
   */
  walk(walk: Walk): SQL;
  /** A SELECT of what several walks from the start give, so many each, every entry once. Among the `columns` is the position. */
  walkEach(walks: {
    readonly queries: readonly ConditionalQuery[];
    readonly where: SQL;
    readonly limit: SQL;
    readonly columns: SQL;
    readonly read: SQL;
  }): SQL;
  /** `from …` with every entry that matches as `e`, in no order. */
  matches(match: SQL): SQL;
  /** A condition: whether the entry `e` matches. For few entries. */
  isMatch(match: SQL): SQL;
  /** Makes an entry findable. False when its position is taken. */
  insert(tx: Tx, entry: SearchEntry, terms: readonly string[]): Promise<boolean>;
  /** Makes it no longer findable and gives its position. */
  remove(tx: Tx, listingId: string): Promise<number | null>;
  /** What keeps searches fast, in bounded pieces, so many at most. Gives in how many there was something to do. */
  maintain(database: Database, pieces: number): Promise<number>;
}

/** What a walk selects of an entry. */
export const walkedColumns = sql.raw("e.tier, e.position, e.listing_id, e.category, e.kind");
/** What the columns of a walk may be made of. */
export const rankedColumns = sql.raw(
  "e.tier, e.position, e.listing_id, e.category, e.kind, e.downloads, e.popularity, e.name_key, e.tag_words, e.summary_words",
);
