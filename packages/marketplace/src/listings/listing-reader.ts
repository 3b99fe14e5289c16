/**
 * Listings that another statement finds. On PostgreSQL it gives the stamp of a row, and the listing is read only where it is
 * another than before: most searches end with popular listings that have been read, and a listing has a description of any
 * length. SQLite has no such stamp, and no server from which a row has to travel: there the statement gives the row.
 */
import type { Database, LookupQuery } from "@revops/database";
import { type SQL, sql } from "drizzle-orm";
import { LRUCache } from "lru-cache";
import { marketplaceTables } from "../schema.ts";
import type { Listing } from "./listing.ts";
import { listingText, parseListing } from "./row-text.ts";

/** Characters of what is remembered: a few thousand listings as most are. */
const remembered = 16_000_000;

export interface ListingReader {
  /** What a statement selects of a row of `marketplace_listings` for {@link ListingReader.read}. */
  readonly column: SQL;
  /** The listings of what was selected, in its order; without those that have gone since. They are shared: not to be changed. */
  read(selected: readonly string[]): Promise<Listing[]>;
}

export function createListingReader(database: Database): ListingReader {
  if (database.dialect === "sqlite") {
    return { column: listingText("sqlite"), read: async (selected) => selected.map(parseListing) };
  }
  const { listings } = marketplaceTables("postgres");
  // The number of the transaction that wrote the row last.
  const stamp = sql`${listings}.xmin::text`;
  const query: LookupQuery = (
    isAsked,
  ) => sql`select ${listings.id} as key, ${stamp} || ${listingText("postgres")} as text
    from ${listings} where ${isAsked(listings.id)}`;
  const textOf = database.lookup("marketplace_listing_texts", query);
  const known = new LRUCache<string, { readonly stamp: string; readonly listing: Listing; readonly size: number }>({
    maxSize: remembered,
    sizeCalculation: ({ size }) => size,
  });

  async function readOne(selected: string): Promise<Listing | null> {
    const end = selected.indexOf(" ");
    const id = selected.slice(end + 1);
    const before = known.get(id);
    if (before?.stamp === selected.slice(0, end)) return before.listing;
    const text = await textOf(id);
    if (text === null) return null;
    const start = text.indexOf("{");
    const listing = parseListing(text.slice(start));
    known.set(id, { stamp: text.slice(0, start), listing, size: text.length });
    return listing;
  }

  return {
    column: sql`${stamp} || ' ' || ${listings.id}`,
    async read(selected) {
      const read = await Promise.all(selected.map(readOne));
      return read.filter((listing) => listing !== null);
    },
  };
}
