/** The search's SQL. Hand-written: the query builder knows neither full-text index. */
import type { Handle, Tx } from "@revops/database";
import { eq, inArray, type SQL, sql } from "drizzle-orm";
import { marketplaceTables } from "../schema.ts";
import type { SearchDocument } from "./document.ts";
import type { Matching } from "./matching.ts";
import { drawPosition, popularityBucket } from "./popularity.ts";
import type { Candidate } from "./ranking.ts";
import { searchIndexes } from "./search-index.ts";
import type { FacetCount } from "./search-request.ts";
import { spellings } from "./spelling.ts";
import { beginning } from "./words.ts";

/** All published documents, when there are no words to match. */
const everything: Matching = {
  from: sql`marketplace_search_documents d`,
  where: sql`true`,
  position: sql`d.position`,
};

function matching(handle: Handle, words: readonly string[]): Matching {
  const last = words.at(-1);
  if (last === undefined) return everything;
  // Whoever is still typing has typed the beginning of the last word.
  return searchIndexes[handle.dialect].matching([...words.slice(0, -1), beginning(last)]);
}

/** The most popular matches. */
export function selectPopularCandidates(
  handle: Handle,
  { words, filters, limit }: { words: readonly string[]; filters: readonly SQL[]; limit: number },
): Promise<Candidate[]> {
  const { from, where, position } = matching(handle, words);
  return selectCandidates(
    handle,
    sql`${from} join marketplace_listings l on l.id = d.listing_id
    where ${and([where, ...filters])} order by ${position} limit ${limit}`,
  );
}

/** The matches whose name begins with these words: exact ones first, popular or not. */
export function selectNamedCandidates(
  handle: Handle,
  { words, filters, limit }: { words: readonly string[]; filters: readonly SQL[]; limit: number },
): Promise<Candidate[]> {
  const key = words.join(" ");
  // Past the last name that begins with the key: no character comes after U+10FFFF.
  const named = sql`d.name_key >= ${key} and d.name_key < ${`${key}\u{10FFFF}`}`;
  return selectCandidates(
    handle,
    sql`marketplace_search_documents d join marketplace_listings l on l.id = d.listing_id
    where ${and([named, ...filters])} order by d.name_key limit ${limit}`,
  );
}

async function selectCandidates(handle: Handle, from: SQL): Promise<Candidate[]> {
  const rows = await handle.rows<Candidate>(sql`
    select l.id as "id", d.name_key as "nameKey", d.tag_words as "tagWords", d.summary_words as "summaryWords",
      l.downloads as "downloads", l.category as "category", l.kind as "kind" from ${from}`);
  // PostgreSQL's driver gives a bigint as text.
  return rows.map((row) => ({ ...row, downloads: Number(row.downloads) }));
}

/** What a page in the order of a column needs to know of a row. */
export interface SortedRow {
  readonly id: string;
  readonly nameKey: string;
}

/** Matches in the order of a column; `after` and `order` are written by the sort (sorts.ts). */
export function selectSorted(
  handle: Handle,
  query: { words: readonly string[]; filters: readonly SQL[]; after: SQL; order: SQL; limit: number },
): Promise<SortedRow[]> {
  const { from, where } = matching(handle, query.words);
  return handle.rows<SortedRow>(sql`
    select l.id as "id", d.name_key as "nameKey"
    from ${from} join marketplace_listings l on l.id = d.listing_id
    where ${and([where, ...query.filters, query.after])} order by ${query.order} limit ${query.limit}`);
}

/** How many of the most popular matches have each value of a column. */
export async function countFacet(
  handle: Handle,
  query: { words: readonly string[]; filters: readonly SQL[]; column: SQL; limit: number },
): Promise<FacetCount[]> {
  const { from, where, position } = matching(handle, query.words);
  const rows = await handle.rows<FacetCount>(sql`
    select m.value as "value", count(*) as "count" from (
      select ${query.column} as value from ${from} join marketplace_listings l on l.id = d.listing_id
      where ${and([where, ...query.filters])} order by ${position} limit ${query.limit}
    ) m group by m.value`);
  return rows
    .map(({ value, count }) => ({ value, count: Number(count) }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
}

function and(conditions: readonly SQL[]): SQL {
  return sql.join([...conditions], sql` and `);
}

/** Makes a listing findable; the full-text index follows by itself in the same transaction (0002_search.sql). */
export async function insertDocument(
  tx: Tx,
  { listingId, downloads, document }: { listingId: string; downloads: number; document: SearchDocument },
): Promise<void> {
  const { searchDocuments } = marketplaceTables(tx.dialect);
  const { spellable, ...columns } = document;
  await tx.db.insert(searchDocuments).values({ position: drawPosition(downloads), listingId, ...columns });
  await learnWords(tx, spellable);
}

/** Words that are new can be mended to from now on. They are never forgotten: one that finds nothing harms nobody. */
async function learnWords(tx: Tx, words: readonly string[]): Promise<void> {
  const { searchWords, searchSpellings } = marketplaceTables(tx.dialect);
  // In one order, so that two publications wait for each other instead of locking each other out.
  const filed = words.filter((word) => spellings(word).length > 0).sort();
  if (filed.length === 0) return;
  const rows = await tx.db
    .insert(searchWords)
    .values(filed.map((word) => ({ word, uses: 1 })))
    .onConflictDoUpdate({ target: searchWords.word, set: { uses: sql`${searchWords.uses} + 1` } })
    .returning();
  const fresh = rows.filter(({ uses }) => uses === 1);
  const all = fresh.flatMap(({ word }) => spellings(word).map((spelling) => ({ spelling, word })));
  // SQLite takes 32,766 parameters in a statement.
  for (let from = 0; from < all.length; from += 5_000) {
    await tx.db
      .insert(searchSpellings)
      .values(all.slice(from, from + 5_000))
      .onConflictDoNothing();
  }
}

/** The words that a typed one may have been meant to be. */
export async function selectSpellings(handle: Handle, typed: string): Promise<{ word: string; uses: number }[]> {
  const keys = spellings(typed);
  if (keys.length === 0) return [];
  const { searchWords, searchSpellings } = marketplaceTables(handle.dialect);
  const rows = await handle.db
    .selectDistinct({ word: searchWords.word, uses: searchWords.uses })
    .from(searchSpellings)
    .innerJoin(searchWords, eq(searchWords.word, searchSpellings.word))
    .where(inArray(searchSpellings.spelling, keys));
  return rows.map(({ word, uses }) => ({ word, uses }));
}

/** Which of the words some listing was found by. */
export async function selectKnownWords(handle: Handle, words: readonly string[]): Promise<string[]> {
  const { searchWords } = marketplaceTables(handle.dialect);
  const rows = await handle.db
    .select({ word: searchWords.word })
    .from(searchWords)
    .where(inArray(searchWords.word, [...words]));
  return rows.map(({ word }) => word);
}

/** What it is found by is no longer what it was. */
export async function updateDocument(tx: Tx, listingId: string, document: SearchDocument): Promise<void> {
  const { searchDocuments } = marketplaceTables(tx.dialect);
  const { spellable, ...columns } = document;
  await tx.db.update(searchDocuments).set(columns).where(eq(searchDocuments.listingId, listingId));
  await learnWords(tx, spellable);
}

/** Makes a listing no longer findable. */
export async function removeDocument(tx: Tx, listingId: string): Promise<void> {
  const { searchDocuments } = marketplaceTables(tx.dialect);
  await tx.db.delete(searchDocuments).where(eq(searchDocuments.listingId, listingId));
}

/** Moves a listing among the more popular ones if its latest download was one that does. */
export async function moveDocument(tx: Tx, listingId: string, downloads: number): Promise<void> {
  if (popularityBucket(downloads) === popularityBucket(downloads - 1)) return;
  const { searchDocuments } = marketplaceTables(tx.dialect);
  await tx.db
    .update(searchDocuments)
    .set({ position: drawPosition(downloads) })
    .where(eq(searchDocuments.listingId, listingId));
}
