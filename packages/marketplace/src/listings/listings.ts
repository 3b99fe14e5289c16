/** Listings: what publishers offer. */
import { type Clock, createId, type Page, type PageRequest, pageOf } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import { marketplaceErrors } from "../errors.ts";
import { createSearch } from "../search/search.ts";
import type { SearchPage, SearchRequest } from "../search/search-request.ts";
import { createFindDetails } from "./details.ts";
import { visible } from "./find.ts";
import { deliveredKinds, type Listing, type ListingChanges, type ListingDetails, type NewListing } from "./listing.ts";
import { checkedListing, ownListing } from "./rules.ts";
import type { Shelf } from "./shelf.ts";
import { insertListing, lockListing, selectListingsOf, updateListing } from "./store.ts";

export interface Listings {
  /**
   * Makes a draft; one that `publish`es itself is put on sale as soon as it can be.
   * @throws `invalid_listing` (fields.path says which member), `slug_taken`
   * @example await listings.create({ publisherId, slug: "tar-stream", name: "tar-stream", kind: "package", summary: "…",
   *   description: "…", category: "files", tags: ["tar"], price: { amount: 900, currency: "usd" } })
   */
  create(listing: NewListing, tx?: Tx): Promise<Listing>;
  /**
   * Changes what is given of a listing (by id or slug); what was bought before stays as it was bought. With `publisherId`,
   * only if it is theirs.
   * @throws `package_not_found`, `invalid_listing`
   */
  update(
    listing: { listingId: string; publisherId?: string | undefined; changes: ListingChanges },
    tx?: Tx,
  ): Promise<Listing>;
  /**
   * Puts a draft, a withdrawn or a rejected listing on sale, or before the moderators where they look first; one that is
   * there stays so. With `publisherId`, only if the listing is theirs.
   * @throws `package_not_found`, `version_required` when it is delivered as a file and has no version yet,
   *   `listing_suspended`
   */
  publish(listing: { listingId: string; publisherId?: string | undefined }, tx?: Tx): Promise<Listing>;
  /** Takes a listing off sale; who bought it goes on downloading it. @throws `package_not_found`, `listing_suspended` */
  withdraw(listing: { listingId: string; publisherId?: string | undefined }, tx?: Tx): Promise<Listing>;
  /**
   * A published listing by its id or slug; in any status when `viewerId` is its publisher.
   * @throws `package_not_found`
   */
  get(idOrSlug: string, viewer?: { viewerId?: string | undefined }, tx?: Tx): Promise<ListingDetails>;
  /** A publisher's listings in any status, newest first. */
  listOf(publisherId: string, page: PageRequest): Promise<Page<Listing>>;
  /**
   * Finds published listings. An exact name comes first, then names that begin with the query, then relevance ×
   * popularity. Of a query with many matches, `relevance` orders the 250 most popular ones and the most popular of those that
   * are named so, then the next 250, and so on to the last; facets count the 250 most popular. Any text is a valid query.
   * @throws `invalid_search` for a position that is not of this sort, or a filter that is not valid
   * @example const { data, next, facets } = await listings.search({ query: "tar str", kind: "package", limit: 20 });
   */
  search(request: SearchRequest): Promise<SearchPage>;
}

export function createListings({
  database,
  clock,
  shelf,
}: {
  database: Database;
  clock: Clock;
  shelf: Shelf;
}): Listings {
  const findDetails = createFindDetails(database);
  return {
    async create(newListing, tx) {
      const listing = checkedListing(newListing);
      const now = clock.now();
      return database.transaction(async (tx) => {
        const inserted = await insertListing(tx, { id: createId("pkg", now), listing, now });
        if (!inserted) throw marketplaceErrors.slug_taken({ detail: `${listing.slug} is taken.` });
        const waits = deliveredKinds.has(listing.kind) || !listing.publish;
        return waits ? inserted : shelf.put(tx, inserted);
      }, tx);
    },

    update: ({ listingId, publisherId, changes }, tx) =>
      database.transaction(async (tx) => {
        const before = ownListing(await lockListing(tx, listingId), publisherId);
        const { publisher } = before;
        const all = {
          ...before,
          publisherId: publisher.id,
          publisherName: publisher.name ?? undefined,
          ...given(changes),
        };
        const updated = await updateListing(tx, before.id, checkedListing(all));
        if (updated.status === "published") await shelf.refresh(tx, updated);
        return updated;
      }, tx),

    publish: ({ listingId, publisherId }, tx) =>
      database.transaction(async (tx) => {
        const listing = ownListing(await lockListing(tx, listingId), publisherId);
        if (listing.latestVersion === null && deliveredKinds.has(listing.kind)) {
          throw marketplaceErrors.version_required();
        }
        return shelf.put(tx, listing);
      }, tx),

    withdraw: ({ listingId, publisherId }, tx) =>
      database.transaction(async (tx) => {
        const listing = ownListing(await lockListing(tx, listingId), publisherId);
        return shelf.take(tx, listing, "withdrawn");
      }, tx),

    get: async (idOrSlug, { viewerId } = {}, tx) => visible(await findDetails(idOrSlug, tx), viewerId),

    async listOf(publisherId, { limit, after }) {
      const rows = await selectListingsOf(database, { publisherId, limit: limit + 1, after });
      return pageOf(rows, limit, ({ id }) => id);
    },

    search: createSearch({ database }),
  };
}

/** Without members that are there and undefined: those change nothing. */
function given(changes: ListingChanges): Partial<NewListing> {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
}
