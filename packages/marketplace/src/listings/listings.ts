/** Listings: what publishers offer. */
import { type Clock, createId } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import { marketplaceErrors } from "../errors.ts";
import { documentOf } from "../search/document.ts";
import { createSearch } from "../search/search.ts";
import type { SearchPage, SearchRequest } from "../search/search-request.ts";
import { insertDocument } from "../search/store.ts";
import { byPrecedence } from "../versions/precedence.ts";
import { selectVersions } from "../versions/store.ts";
import { findVisible } from "./find.ts";
import type { Listing, ListingDetails, NewListing } from "./listing.ts";
import { checkedListing, ownListing } from "./rules.ts";
import { insertListing, lockListing, markPublished } from "./store.ts";

export interface Listings {
  /**
   * Makes a draft.
   * @throws `invalid_listing` (fields.path says which member), `slug_taken`
   * @example await listings.create({ publisherId, slug: "tar-stream", name: "tar-stream", kind: "package", summary: "…",
   *   description: "…", category: "files", tags: ["tar"], price: { amount: 900, currency: "usd" } })
   */
  create(listing: NewListing, tx?: Tx): Promise<Listing>;
  /**
   * Shows a draft to everyone; a published one stays so. With `publisherId`, only if the listing is theirs.
   * @throws `package_not_found`, `version_required` when it has no version yet
   */
  publish(listing: { listingId: string; publisherId?: string | undefined }, tx?: Tx): Promise<Listing>;
  /**
   * A published listing by its id or slug; a draft too when `viewerId` is its publisher.
   * @throws `package_not_found`
   */
  get(idOrSlug: string, viewer?: { viewerId?: string | undefined }, tx?: Tx): Promise<ListingDetails>;
  /**
   * Finds published listings. An exact name comes first, then names that begin with the query, then relevance ×
   * popularity. Of a query with more than 1,000 matches, `relevance` orders the 1,000 most popular ones; facets
   * count at most 1,000 too. Any text is a valid query.
   * @throws `invalid_search` for a position that is not of this sort, or a filter that is not valid
   * @example const { data, next, facets } = await listings.search({ query: "tar str", kind: "package", limit: 20 });
   */
  search(request: SearchRequest): Promise<SearchPage>;
}

export function createListings({ database, clock }: { database: Database; clock: Clock }): Listings {
  return {
    async create(newListing, tx) {
      const listing = checkedListing(newListing);
      const now = clock.now();
      return database.transaction(async (tx) => {
        const inserted = await insertListing(tx, { id: createId("pkg", now), listing, now });
        if (!inserted) throw marketplaceErrors.slug_taken({ detail: `${listing.slug} is taken.` });
        return inserted;
      }, tx);
    },

    async publish({ listingId, publisherId }, tx) {
      return database.transaction(async (tx) => {
        const listing = ownListing(await lockListing(tx, listingId), publisherId);
        if (listing.latestVersion === null) throw marketplaceErrors.version_required();
        const published = await markPublished(tx, listing.id, clock.now());
        if (!published) return listing;
        const { id, downloads } = published;
        await insertDocument(tx, { listingId: id, downloads, document: documentOf(published) });
        return published;
      }, tx);
    },

    async get(idOrSlug, { viewerId } = {}, tx) {
      const handle = tx ?? database;
      const listing = await findVisible(handle, idOrSlug, viewerId);
      const versions = await selectVersions(handle, listing.id);
      return { ...listing, versions: versions.sort((a, b) => byPrecedence(b.version, a.version)) };
    },

    search: createSearch({ database }),
  };
}
