/** Downloads: the bytes of a version, for those who have a right to them. */
import type { Readable } from "node:stream";
import type { Clock } from "@revops/core";
import type { Database, Handle, Tx } from "@revops/database";
import type { ArtifactStore, ByteRange } from "../artifacts/artifacts.ts";
import { marketplaceErrors } from "../errors.ts";
import { findLicense } from "../licenses/store.ts";
import { findVisible } from "../listings/find.ts";
import type { Listing } from "../listings/listing.ts";
import { countDownload } from "../listings/store.ts";
import { findCurrentOrder } from "../orders/store.ts";
import { moveDocument } from "../search/store.ts";
import { isVersion } from "../versions/precedence.ts";
import { findVersion } from "../versions/store.ts";
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
   * @throws `package_not_found`, `version_not_found`, `payment_required`
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
      const found = await versionOf(handle, listing, wanted);
      await assertRight(handle, subjectId, listing);
      const first = await countFirst(subjectId, listing.id, found.version, tx);
      const { version, size, sha256 } = found;
      return { listing, version, size, sha256, first, stream: (range) => artifacts.read({ size, sha256 }, range) };
    },
  };

  async function versionOf(handle: Handle, listing: Listing, wanted: string): Promise<PublishedVersion> {
    const version = wanted === "latest" ? listing.latestVersion : wanted;
    const found = version !== null && isVersion(version) ? await findVersion(handle, listing.id, version) : null;
    if (!found) throw marketplaceErrors.version_not_found();
    return found;
  }

  async function assertRight(handle: Handle, subjectId: string, listing: Listing): Promise<void> {
    if (listing.price === null || listing.publisher.id === subjectId) return;
    const order = await findCurrentOrder(handle, subjectId, listing.id);
    const license = order?.status === "paid" ? await findLicense(handle, { orderId: order.id }, clock.now()) : null;
    if (license?.status !== "active") {
      throw marketplaceErrors.payment_required({ fields: { packageId: listing.id, price: listing.price } });
    }
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
