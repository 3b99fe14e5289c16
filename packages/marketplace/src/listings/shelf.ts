/** Putting listings on sale and taking them off: the status and what the search finds change together. */
import { type Clock, createId } from "@revops/core";
import type { Tx } from "@revops/database";
import { marketplaceErrors } from "../errors.ts";
import { insertModeration } from "../moderation/store.ts";
import { removeEntry, writeEntry } from "../search/store.ts";
import type { Listing } from "./listing.ts";
import { setStatus } from "./store.ts";

export interface Shelf {
  /** On sale, or before the moderators when they look first. @throws `listing_suspended` */
  put(tx: Tx, listing: Listing): Promise<Listing>;
  /** On sale, whoever looks first. */
  show(tx: Tx, listing: Listing): Promise<Listing>;
  /** Off sale. @throws `listing_suspended` for a withdrawal of what is suspended */
  take(tx: Tx, listing: Listing, status: "withdrawn" | "suspended" | "rejected", reason?: string): Promise<Listing>;
  /** Lets the search find it by what it says now. */
  refresh(tx: Tx, listing: Listing): Promise<void>;
}

/** Each takes a listing whose row is locked. */
export function createShelf({ clock, review }: { clock: Clock; review: boolean }): Shelf {
  const shelf: Shelf = {
    async put(tx, listing) {
      if (listing.status === "suspended") throw marketplaceErrors.listing_suspended();
      if (listing.status === "published" || listing.status === "in_review") return listing;
      // What was approved once and withdrawn by its publisher needs no second look.
      if (!review || listing.status === "withdrawn") return shelf.show(tx, listing);
      const at = clock.now();
      const entry = { id: createId("mod", at), listingId: listing.id, reason: null, moderatorId: null, at };
      await insertModeration(tx, { ...entry, action: "submitted" });
      return setStatus(tx, listing.id, { status: "in_review", moderationReason: null });
    },

    async show(tx, listing) {
      const shown = await setStatus(tx, listing.id, {
        status: "published",
        moderationReason: null,
        publishedAt: clock.now(),
      });
      await writeEntry(tx, shown);
      return shown;
    },

    async take(tx, listing, status, reason) {
      if (listing.status === "suspended") throw marketplaceErrors.listing_suspended();
      const wasShown = listing.status === "published" || listing.status === "withdrawn";
      await removeEntry(tx, listing.id);
      // What nobody has seen has nothing to be withdrawn from.
      const next = status === "withdrawn" && !wasShown ? "draft" : status;
      return setStatus(tx, listing.id, { status: next, moderationReason: reason ?? null });
    },

    refresh: writeEntry,
  };
  return shelf;
}
