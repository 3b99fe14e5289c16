/** What the search keeps of a listing: a row that is ranked without reading the listing. */
import type { Handle, Tx } from "@revops/database";
import { eq, sql } from "drizzle-orm";
import type { Listing, ListingKind } from "../listings/listing.ts";
import { marketplaceTables } from "../schema.ts";
import type { SearchDocument } from "./document.ts";
import { popularityOf } from "./popularity.ts";

/**
 * The form of an entry and of its terms, counted up when what the index knows of a listing changes. Entries of an earlier one
 * are written again by a job; until all are, searches ask for what those have.
 * 2: a term for category and kind together. 3: what the slug says.
 */
export const entryForm = 3;
/** The first with a term for category and kind together. */
export const formOfBoth = 2;

export interface SearchEntry {
  readonly position: number;
  readonly listingId: string;
  readonly category: string;
  readonly kind: ListingKind;
  readonly downloads: number;
  readonly popularity: number;
  readonly priceAmount: number;
  readonly priceCurrency: string | null;
  readonly createdAt: Date;
  readonly nameKey: string;
  readonly tagWords: string;
  readonly summaryWords: string;
  readonly form: number;
}

export function entryOf(
  { id, category, kind, downloads, price, createdAt }: Listing,
  { nameKey, tagWords, summaryWords }: SearchDocument,
  position: number,
): SearchEntry {
  return {
    position,
    listingId: id,
    category,
    kind,
    downloads,
    popularity: popularityOf(downloads),
    priceAmount: price?.amount ?? 0,
    priceCurrency: price?.currency ?? null,
    createdAt,
    nameKey,
    tagWords,
    summaryWords,
    form: entryForm,
  };
}

/** Deletes a listing's row and gives the position it had; null when there was none. */
export async function deleteEntry(tx: Tx, listingId: string): Promise<number | null> {
  const { searchEntries } = marketplaceTables(tx.dialect);
  const [gone] = await tx.db
    .delete(searchEntries)
    .where(eq(searchEntries.listingId, listingId))
    .returning({ position: searchEntries.position });
  return gone?.position ?? null;
}

/** Whether an entry is still in an earlier form than this one. */
export async function hasEarlierEntries(handle: Handle, form = entryForm): Promise<boolean> {
  const earlier = await handle.rows(sql`select 1 from marketplace_search_entries where form < ${form} limit 1`);
  return earlier.length > 0;
}
