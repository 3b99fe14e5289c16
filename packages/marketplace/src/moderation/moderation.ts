/** Moderation: what the marketplace decides about listings, with its reasons. */
import { type Clock, createId, type FactEmitter, type Page, type PageRequest, pageOf } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import { marketplaceErrors } from "../errors.ts";
import type { MarketplaceFacts } from "../facts.ts";
import type { Listing, ListingStatus } from "../listings/listing.ts";
import type { Shelf } from "../listings/shelf.ts";
import { findListing, lockListing, selectByStatus } from "../listings/store.ts";
import type { ModerationAction, ModerationEntry } from "./moderation-entry.ts";
import { insertModeration, selectModerations } from "./store.ts";

export interface Verdict {
  /** Or its slug. */
  readonly listingId: string;
  readonly moderatorId: string;
  readonly reason?: string | undefined;
}

export interface Moderation {
  /** Listings in a status, oldest first: what waits for a decision unless said otherwise. */
  list(status: ListingStatus | undefined, page: PageRequest): Promise<Page<Listing>>;
  /** All that was decided about a listing, by its id or slug, oldest first. @throws `package_not_found` */
  history(listingId: string): Promise<ModerationEntry[]>;
  /** Puts what waits on sale. @throws `package_not_found`, `not_in_review` */
  approve(verdict: Verdict, tx?: Tx): Promise<Listing>;
  /** Sends what waits back to its publisher. @throws `package_not_found`, `not_in_review`, `reason_required` */
  reject(verdict: Verdict, tx?: Tx): Promise<Listing>;
  /**
   * Takes a listing away, from its buyers too. @throws `package_not_found`, `listing_suspended`, `reason_required`
   */
  suspend(verdict: Verdict, tx?: Tx): Promise<Listing>;
  /** Puts a suspended listing on sale again. @throws `package_not_found`, `not_suspended` */
  reinstate(verdict: Verdict, tx?: Tx): Promise<Listing>;
}

export function createModeration({
  database,
  clock,
  shelf,
  facts,
}: {
  database: Database;
  clock: Clock;
  shelf: Shelf;
  facts: FactEmitter<MarketplaceFacts, Tx> | undefined;
}): Moderation {
  return {
    async list(status = "in_review", { limit, after }) {
      return pageOf(await selectByStatus(database, { status, limit: limit + 1, after }), limit, ({ id }) => id);
    },

    async history(listingId) {
      const listing = await findListing(database, listingId);
      if (!listing) throw marketplaceErrors.package_not_found();
      return selectModerations(database, listing.id);
    },

    approve: (verdict, tx) =>
      decide("approved", verdict, tx, (tx, listing) => {
        if (listing.status !== "in_review") throw marketplaceErrors.not_in_review();
        return shelf.show(tx, listing);
      }),

    reject: (verdict, tx) =>
      decide("rejected", verdict, tx, (tx, listing) => {
        if (listing.status !== "in_review") throw marketplaceErrors.not_in_review();
        return shelf.take(tx, listing, "rejected", reasonOf(verdict));
      }),

    suspend: (verdict, tx) =>
      decide("suspended", verdict, tx, (tx, listing) => shelf.take(tx, listing, "suspended", reasonOf(verdict))),

    reinstate: (verdict, tx) =>
      decide("reinstated", verdict, tx, (tx, listing) => {
        if (listing.status !== "suspended") throw marketplaceErrors.not_suspended();
        return shelf.show(tx, listing);
      }),
  };

  function decide(
    action: Exclude<ModerationAction, "submitted">,
    {
      listingId,
      moderatorId,
      reason = null,
    }: Omit<Verdict, "reason"> & { readonly reason?: string | null | undefined },
    tx: Tx | undefined,
    change: (tx: Tx, listing: Listing) => Promise<Listing>,
  ): Promise<Listing> {
    return database.transaction(async (tx) => {
      const listing = await lockListing(tx, listingId);
      if (!listing) throw marketplaceErrors.package_not_found();
      const changed = await change(tx, listing);
      const at = clock.now();
      await insertModeration(tx, { id: createId("mod", at), listingId: listing.id, action, reason, moderatorId, at });
      // Why something was approved is the moderators' own note.
      const told = changed.moderationReason;
      await facts?.emit(tx, `listing.${action}`, { listing: changed, reason: told, at });
      return changed;
    }, tx);
  }
}

/** A publisher is told why. */
function reasonOf({ reason }: Verdict): string {
  if (reason === undefined || reason.trim() === "") throw marketplaceErrors.reason_required();
  return reason;
}
