/** The right to what a listing gives: bought and not taken back, one's own, or free. */
import type { Handle } from "@revops/database";
import { marketplaceErrors } from "../errors.ts";
import type { License } from "../licenses/license.ts";
import { findLicense } from "../licenses/store.ts";
import type { Listing } from "../listings/listing.ts";
import { isVisible } from "../listings/rules.ts";
import { findListing } from "../listings/store.ts";
import { findCurrentOrder } from "../orders/find.ts";

export interface Right {
  readonly listing: Listing;
  /** By which it is had; null for whoever needs none. */
  readonly license: License | null;
}

/**
 * The right of a subject. What was bought is had after it was withdrawn from sale, though not while it is suspended.
 * @throws `package_not_found`, `payment_required`
 */
export async function rightTo(
  handle: Handle,
  { subjectId, listingId, now }: { subjectId: string; listingId: string; now: Date },
): Promise<Right> {
  const listing = await findListing(handle, listingId);
  if (!listing) throw marketplaceErrors.package_not_found();
  const order = await findCurrentOrder(handle, subjectId, listing.id);
  const license = order?.status === "paid" ? await findLicense(handle, { orderId: order.id }, now) : null;
  const holds = license?.status === "active";
  if (!isVisible(listing, subjectId) && !(holds && listing.status === "withdrawn")) {
    throw marketplaceErrors.package_not_found();
  }
  if (holds) return { listing, license };
  if (listing.price === null || listing.publisher.id === subjectId) return { listing, license: null };
  throw marketplaceErrors.payment_required({ fields: { packageId: listing.id, price: listing.price } });
}
