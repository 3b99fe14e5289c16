/** Downloads: the bytes of a version, for those who have a right to them. */
import type { Readable } from "node:stream";
import type { Clock } from "@revops/core";
import type { Database, Handle, Tx } from "@revops/database";
import type { ArtifactStore, ByteRange } from "../artifacts/artifacts.ts";
import { marketplaceErrors } from "../errors.ts";
import type { License } from "../licenses/license.ts";
import { covers } from "../licenses/licenses.ts";
import { findLicense } from "../licenses/store.ts";
import { findVisible } from "../listings/find.ts";
import type { Listing } from "../listings/listing.ts";
import { countDownload } from "../listings/store.ts";
import { findCurrentOrder } from "../orders/store.ts";
import { moveDocument } from "../search/store.ts";
import { byPrecedence, isVersion, latestOf } from "../versions/precedence.ts";
import { findVersion, selectVersions } from "../versions/store.ts";
import type { PublishedVersion } from "../versions/version.ts";
import { hasDownloaded, insertDownload } from "./store.ts";

/** A permitted download. */
export interface Download {
  readonly listing: Listing;
  /** What `latest` meant. */
  readonly version: string;
  /** Bytes. */
  readonly size: number;
  /** Hexadecimal SHA-256: the ETag. */
  readonly sha256: string;
  /** Whether this subject downloads this listing for the first time; true once, for ever. */
  readonly first: boolean;
  /** The bytes, all or a range. The stream fails with `artifact_corrupt` rather than end with wrong bytes. */
  stream(range?: ByteRange): Readable;
}

export interface Downloads {
  /**
   * Grants a download and counts a subject's first. The right to it has who bought the listing, whoever asks for a free
   * one, and its publisher. Given `tx`, the count is undone when the caller's transaction is: a caller that
   * meters first downloads does so in the same one.
   * @param download `listingId` may be a slug, `version` may be `latest`
   * @throws `package_not_found`, `version_not_found`, `payment_required`, `version_not_licensed`
   * @example const { stream, sha256 } = await downloads.open({ subjectId, listingId, version: "latest" });
   */
  open(download: { subjectId: string; listingId: string; version: string }, tx?: Tx): Promise<Download>;
}

export function createDownloads({
  database,
  clock,
  artifacts,
}: {
  database: Database;
  clock: Clock;
  artifacts: ArtifactStore;
}): Downloads {
  return {
    async open({ subjectId, listingId, version: wanted }, tx) {
      const handle = tx ?? database;
      const listing = await findVisible(handle, listingId, subjectId);
      const license = await rightTo(handle, subjectId, listing);
      const found = await versionOf(handle, listing, wanted, license);
      const first = await countFirst(subjectId, listing.id, found.version, tx);
      const { version, size, sha256 } = found;
      return { listing, version, size, sha256, first, stream: (range) => artifacts.read({ size, sha256 }, range) };
    },
  };

  /** `latest` is the latest that the licence covers. */
  async function versionOf(
    handle: Handle,
    listing: Listing,
    wanted: string,
    license: License | null,
  ): Promise<PublishedVersion> {
    const below = license?.versionsBelow ?? null;
    const latest = below === null ? listing.latestVersion : await latestBelow(handle, listing.id, below);
    const version = wanted === "latest" ? latest : wanted;
    const found = version !== null && isVersion(version) ? await findVersion(handle, listing.id, version) : null;
    if (!found) throw marketplaceErrors.version_not_found();
    if (license && !covers(license, found.version)) {
      throw marketplaceErrors.version_not_licensed({
        detail: `The licence covers versions before ${below}.`,
        fields: { versionsBelow: below },
      });
    }
    return found;
  }

  async function latestBelow(handle: Handle, listingId: string, below: string): Promise<string | null> {
    const all = await selectVersions(handle, listingId);
    return latestOf(all.filter(({ version }) => byPrecedence(version, below) < 0));
  }

  /** The licence that gives the right; null for whoever needs none. */
  async function rightTo(handle: Handle, subjectId: string, listing: Listing): Promise<License | null> {
    if (listing.price === null || listing.publisher.id === subjectId) return null;
    const order = await findCurrentOrder(handle, subjectId, listing.id);
    const license = order?.status === "paid" ? await findLicense(handle, { orderId: order.id }, clock.now()) : null;
    if (license?.status !== "active") {
      throw marketplaceErrors.payment_required({ fields: { packageId: listing.id, price: listing.price } });
    }
    return license;
  }

  /** Whoever inserts the row counts it: of many first downloads at once, one. */
  async function countFirst(subjectId: string, listingId: string, version: string, tx?: Tx): Promise<boolean> {
    // Most downloads are not the first: a look without a transaction spares them the write lock.
    if (await hasDownloaded(tx ?? database, listingId, subjectId)) return false;
    return database.transaction(async (tx) => {
      const inserted = await insertDownload(tx, { listingId, subjectId, version, at: clock.now() });
      if (inserted) await moveDocument(tx, listingId, await countDownload(tx, listingId));
      return inserted;
    }, tx);
  }
}
