/** The listing that someone names. */
import { isStorableText } from "@revops/core";
import type { Handle } from "@revops/database";
import { marketplaceErrors } from "../errors.ts";
import type { Listing } from "./listing.ts";
import { isVisible } from "./rules.ts";
import { findListing } from "./store.ts";

/**
 * A listing by id or slug, if the viewer may see it.
 * @throws `package_not_found`, alike for one that is not there and one that is not shown
 */
export function findVisible(handle: Handle, idOrSlug: string, viewerId: string | undefined): Promise<Listing> {
  return visible(idOrSlug, viewerId, () => findListing(handle, idOrSlug));
}

/** The same of what another way of finding gives. @throws as {@link findVisible} */
export async function visible<Found extends Listing>(
  idOrSlug: string,
  viewerId: string | undefined,
  find: () => Promise<Found | null>,
): Promise<Found> {
  // PostgreSQL refuses such text with an error of its own; no listing is named so.
  const listing = isStorableText(idOrSlug) ? await find() : null;
  if (listing && isVisible(listing, viewerId)) return listing;
  throw marketplaceErrors.package_not_found();
}
