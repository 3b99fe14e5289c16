/** What the search keeps of a listing: a row that is ranked without reading the listing. */
import type { Tx } from "@revops/database";
import { eq } from "drizzle-orm";
import type { Listing, ListingKind } from "../listings/listing.ts";
import { marketplaceTables } from "../schema.ts";
import type { SearchDocument } from "./document.ts";
import { popularityOf } from "./popularity.ts";

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
