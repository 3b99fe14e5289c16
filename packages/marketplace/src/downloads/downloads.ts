/** Downloads: the bytes of a version, for those who have a right to them. */
import type { Readable } from "node:stream";
import type { Clock } from "@revops/core";
import type { Database, Handle, Tx } from "@revops/database";
import type { ArtifactStore, ByteRange } from "../artifacts/artifacts.ts";
import { marketplaceErrors } from "../errors.ts";
import type { License } from "../licenses/license.ts";
import { covers } from "../licenses/licenses.ts";
import type { Listing } from "../listings/listing.ts";
import { countDownload } from "../listings/store.ts";
import { countInSearch } from "../search/store.ts";
import { byPrecedence, isVersion, latestOf } from "../versions/precedence.ts";
import { findVersion, selectVersions } from "../versions/store.ts";
import type { PublishedVersion } from "../versions/version.ts";
import { createLinks } from "./link.ts";
import { rightTo } from "./right.ts";
import { hasDownloaded, insertDownload } from "./store.ts";

/** A permitted download. */
export interface Download {
  readonly listing: Listing;
  /** Whose right it is, and who is counted. */
  readonly subjectId: string;
  /** What `latest` meant. */
  readonly version: string;
  /** Bytes. */
  readonly size: number;
  /** Hexadecimal SHA-256: the ETag. */
  readonly sha256: string;
  /** Letters, digits, dots and hyphens only: `tar-stream-1.4.0.tgz`. */
  readonly fileName: string;
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
  /**
   * A token with which anyone may download these bytes for a short time, as long as the subject's right lasts.
   * @param download `seconds`: 300 unless said otherwise, 86,400 at most
   * @throws as {@link Downloads.open}
   */
  link(download: {
    subjectId: string;
    listingId: string;
    version: string;
    seconds?: number | undefined;
  }): Promise<{ readonly token: string; readonly version: string; readonly expiresAt: Date }>;
  /** Opens what a link is for, and counts it like {@link Downloads.open}. @throws `invalid_link`, and as `open` */
  openLink(token: string, tx?: Tx): Promise<Download>;
}

const standardLinkSeconds = 300;
const longestLinkSeconds = 86_400;

export function createDownloads({
  database,
  clock,
  artifacts,
  secret,
}: {
  database: Database;
  clock: Clock;
  artifacts: ArtifactStore;
  secret: string;
}): Downloads {
  const links = createLinks(secret);

  return {
    open,

    async link({ subjectId, listingId, version: wanted, seconds = standardLinkSeconds }) {
      const { listing, license } = await rightTo(database, { subjectId, listingId, now: clock.now() });
      const { version } = await versionOf(database, listing, wanted, license);
      const lasts = Math.max(1, Math.min(longestLinkSeconds, Math.floor(seconds)));
      const expiresAt = Math.floor(clock.now().getTime() / 1_000) + lasts;
      const token = links.write({ subjectId, listingId: listing.id, version, expiresAt });
      return { token, version, expiresAt: new Date(expiresAt * 1_000) };
    },

    async openLink(token, tx) {
      const content = links.read(token, clock.now());
      if (!content) throw marketplaceErrors.invalid_link();
      return open(content, tx);
    },
  };

  async function open(
    { subjectId, listingId, version: wanted }: Parameters<Downloads["open"]>[0],
    tx?: Tx,
  ): Promise<Download> {
    const handle = tx ?? database;
    const { listing, license } = await rightTo(handle, { subjectId, listingId, now: clock.now() });
    const found = await versionOf(handle, listing, wanted, license);
    const first = await countFirst(subjectId, listing.id, found.version, tx);
    const { version, size, sha256, extension } = found;
    const fileName = `${listing.slug}-${version}${extension ?? ".bin"}`;
    const stream = (range?: ByteRange) => artifacts.read({ size, sha256 }, range);
    return { listing, subjectId, version, size, sha256, fileName, first, stream };
  }

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

  /** Whoever inserts the row counts it: of many first downloads at once, one. */
  async function countFirst(subjectId: string, listingId: string, version: string, tx?: Tx): Promise<boolean> {
    // Most downloads are not the first: a look without a transaction spares them the write lock.
    if (await hasDownloaded(tx ?? database, listingId, subjectId)) return false;
    return database.transaction(async (tx) => {
      const inserted = await insertDownload(tx, { listingId, subjectId, version, at: clock.now() });
      if (inserted) await countInSearch(tx, listingId, await countDownload(tx, listingId));
      return inserted;
    }, tx);
  }
}
