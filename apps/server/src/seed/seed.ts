/** Fills an empty marketplace with something real: the packages that are installed on this machine. */
import { isRevopsError, type Logger } from "@revops/core";
import type { Database } from "@revops/database";
import type { ListingDetails, Marketplace, NewListing } from "@revops/marketplace";
import { listingOf } from "./catalogue.ts";
import { findInstalledPackages, type InstalledPackage } from "./installed-packages.ts";
import { packPackage } from "./tarball.ts";

/** Leaves out compilers and binaries: the first start stays quick and the data folder small. */
const maxArtifactBytes = 2_000_000;
/** Enough to keep a few cores compressing and the disk syncing; each holds one package in memory. */
const parallel = 6;

export interface SeedOptions {
  readonly marketplace: Marketplace;
  readonly database: Database;
  /** The workspace's `node_modules`. */
  readonly modulesDirectory: string;
  readonly logger: Logger;
}

export interface SeedResult {
  /** How many listings were published: none when the marketplace had some before. */
  readonly listings: number;
  readonly versions: number;
}

/**
 * Offers every installed package with a tarball of its files. Listings stay drafts until all are there and are then
 * published in one transaction: a marketplace that has a published listing is complete, and a start that was killed
 * half-way continues with what is missing. Any number of instances may do it at once.
 * @example await seedMarketplace({ marketplace, database, modulesDirectory: "/srv/revops/node_modules", logger });
 */
export async function seedMarketplace({
  marketplace,
  database,
  modulesDirectory,
  logger,
}: SeedOptions): Promise<SeedResult> {
  const offered = await marketplace.listings.search({ limit: 1 });
  if (offered.data.length > 0) return { listings: 0, versions: 0 };

  const waiting = groupByListing(await findInstalledPackages(modulesDirectory));
  const total = waiting.length;
  const listingIds: string[] = [];
  let versions = 0;
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const listing = await offer(marketplace, next);
      if (listing) {
        listingIds.push(listing.id);
        versions += listing.versions.length;
      }
      const done = total - waiting.length;
      if (done % 100 === 0) logger.debug({ done, total }, "filling the marketplace");
    }
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  if (listingIds.length === 0) {
    logger.warn({ modulesDirectory }, "the marketplace stays empty: no installed packages were found");
    return { listings: 0, versions: 0 };
  }

  await database.transaction(async (tx) => {
    // In one order, so that two instances wait for each other instead of locking each other out.
    for (const listingId of listingIds.sort()) await marketplace.listings.publish({ listingId }, tx);
  });
  logger.debug({ listings: listingIds.length, versions }, "the marketplace is filled");
  return { listings: listingIds.length, versions };
}

interface Offer {
  readonly listing: NewListing;
  /** The versions that are installed. */
  readonly packages: readonly InstalledPackage[];
}

/** Versions of one package are one listing; of two names with one slug, the first in order has it. */
function groupByListing(packages: readonly InstalledPackage[]): Offer[] {
  const names = Map.groupBy(packages, ({ manifest }) => manifest.name);
  const bySlug = new Map<string, Offer>();
  for (const group of names.values()) {
    const newest = group.at(-1);
    if (!newest) continue;
    const listing = listingOf(newest.manifest);
    if (!bySlug.has(listing.slug)) bySlug.set(listing.slug, { listing, packages: group });
  }
  return [...bySlug.values()];
}

/** A draft with all versions that are small enough; null when none is. */
async function offer(marketplace: Marketplace, { listing, packages }: Offer): Promise<ListingDetails | null> {
  const viewer = { viewerId: listing.publisherId };
  let details = await marketplace.listings.get(listing.slug, viewer).catch(ifCode("package_not_found"));
  for (const { manifest, directory } of packages) {
    const { version } = manifest;
    if (details?.versions.some((published) => published.version === version)) continue;
    const artifact = await packPackage(directory, { maxBytes: maxArtifactBytes });
    if (!artifact) continue;
    // Another instance may be doing the same: what it has made already is as good as ours.
    if (!details) await marketplace.listings.create(listing).catch(ifCode("slug_taken"));
    const { id } = await marketplace.listings.get(listing.slug, viewer);
    await marketplace.versions.publish({ listingId: id, version, artifact }).catch(ifCode("version_exists"));
    details = await marketplace.listings.get(id, viewer);
  }
  return details;
}

/** Turns one expected error into null. */
function ifCode(code: string): (error: unknown) => null {
  return (error) => {
    if (isRevopsError(error, code)) return null;
    throw error;
  };
}
