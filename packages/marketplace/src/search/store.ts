/** The search's SQL that writes. The statements that find are in window.ts, facets.ts, sorted.ts and mending.ts. */
import type { Handle, Tx } from "@revops/database";
import { eq, sql } from "drizzle-orm";
import type { Listing } from "../listings/listing.ts";
import { marketplaceTables } from "../schema.ts";
import { documentOf, type SearchDocument } from "./document.ts";
import { entryOf } from "./entry.ts";
import { drawPosition, fits, isStep, popularityOf } from "./popularity.ts";
import { searchIndexes } from "./search-index.ts";
import { isMendable, spellings } from "./spelling.ts";

/** Makes a listing findable by what it says now. The index follows in the same transaction. */
export async function writeEntry(tx: Tx, listing: Listing): Promise<void> {
  const document = documentOf(listing);
  await replaceEntry(tx, listing, document);
  await learnWords(tx, document.spellable);
}

/** Writes an entry again whose listing says what it did, or was never written in this form. */
export async function rewriteEntry(tx: Tx, listing: Listing): Promise<void> {
  const document = documentOf(listing);
  const isNew = await replaceEntry(tx, listing, document);
  if (isNew) await learnWords(tx, document.spellable);
}

/** Whether there was none before. */
async function replaceEntry(tx: Tx, listing: Listing, document: SearchDocument): Promise<boolean> {
  const index = searchIndexes[tx.dialect];
  const { downloads } = listing;
  const before = await index.remove(tx, listing.id);
  // Its place is kept as long as its popularity is about the same.
  let position = before !== null && fits(before, downloads) ? before : drawPosition(downloads);
  // Two listings draw the same once in a long while.
  while (!(await index.insert(tx, entryOf(listing, document, position), document.terms))) {
    position = drawPosition(downloads);
  }
  return before === null;
}

/** Makes a listing no longer findable. */
export async function removeEntry(tx: Tx, listingId: string): Promise<void> {
  await searchIndexes[tx.dialect].remove(tx, listingId);
}

/** Ranks it by its downloads from now on; when they are many more than before, its place is changed by a job. */
export async function countInSearch(tx: Tx, listingId: string, downloads: number): Promise<void> {
  const { searchEntries, searchBacklog } = marketplaceTables(tx.dialect);
  await tx.db
    .update(searchEntries)
    .set({ downloads, popularity: popularityOf(downloads) })
    .where(eq(searchEntries.listingId, listingId));
  if (!isStep(downloads)) return;
  await tx.db.insert(searchBacklog).values({ listingId }).onConflictDoNothing();
}

/** Words that are new can be mended to from now on. They are never forgotten: one that finds nothing harms nobody. */
async function learnWords(tx: Tx, words: readonly string[]): Promise<void> {
  const { searchWords, searchSpellings } = marketplaceTables(tx.dialect);
  // In one order, so that two publications wait for each other instead of locking each other out.
  const filed = words.filter(isMendable).sort();
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

export async function hasMoreEntriesThan(handle: Handle, size: number): Promise<boolean> {
  const some = sql`select 1 from marketplace_search_entries limit ${size + 1}`;
  const [counted] = await handle.rows<{ n: unknown }>(sql`select count(*) as n from (${some}) e`);
  return Number(counted?.n ?? 0) > size;
}
