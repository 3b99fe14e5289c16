/** The listing that someone names. */
import type { Handle } from "@revops/database";
import { marketplaceErrors } from "../errors.ts";
import type { Listing } from "./listing.ts";
import { isVisible } from "./rules.ts";
import { findListing } from "./store.ts";

/**
 * A listing by id or slug, if the viewer may see it.
 * @throws `package_not_found`, alike for one that is not there and one that is not shown
 */
export async function findVisible(handle: Handle, idOrSlug: string, viewerId: string | undefined): Promise<Listing> {
  return visible(await findListing(handle, idOrSlug), viewerId);
}

/** The same of what another way of finding gave. @throws as {@link findVisible} */
export function visible<Found extends Listing>(found: Found | null, viewerId: string | undefined): Found {
  if (found && isVisible(found, viewerId)) return found;
  throw marketplaceErrors.package_not_found();
}
