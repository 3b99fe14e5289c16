/** Versions: what a listing delivers. */
import { type Clock, createId, isStorableText } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import type { ArtifactContent, ArtifactStore, StoredArtifact } from "../artifacts/artifacts.ts";
import { marketplaceErrors } from "../errors.ts";
import { ownListing } from "../listings/rules.ts";
import type { Shelf } from "../listings/shelf.ts";
import { findListing, lockListing, publishesItself, setLatestVersion } from "../listings/store.ts";
import { extensionOf, keepFirst } from "./extension.ts";
import { isVersion, latestOf } from "./precedence.ts";
import { deprecateVersion, insertVersion, selectVersions, yankVersion } from "./store.ts";
import type { PublishedVersion } from "./version.ts";

export interface Versions {
  /**
   * Stores the artifact, then adds the version of a listing (by id or slug) and decides `latest` anew. With `publisherId`, only if the listing is
   * theirs. A version's bytes never change: publish another version instead.
   * @throws `package_not_found`, `invalid_version`, `version_exists`, `invalid_artifact`, `artifact_too_large`
   * @example await versions.publish({ listingId, version: "1.4.0", artifact: createReadStream("tar-stream-1.4.0.tgz") })
   */
  publish(version: {
    listingId: string;
    version: string;
    artifact: ArtifactContent;
    /** The publisher's own, for its extension; the bytes tell it otherwise. */
    fileName?: string | undefined;
    publisherId?: string | undefined;
  }): Promise<StoredArtifact & { version: string }>;
  /**
   * Withdraws a version: it is no longer `latest`, and still there for those who name it. Yanking twice is one.
   * @throws `package_not_found`, `version_not_found`
   */
  yank(
    version: { listingId: string; version: string; publisherId?: string | undefined; reason?: string | undefined },
    tx?: Tx,
  ): Promise<PublishedVersion>;
  /**
   * Advises against a version, with what to use instead; null takes that back. It stays `latest` if it was.
   * @throws `package_not_found`, `version_not_found`, `invalid_version` for a message of more than 500 characters
   */
  deprecate(
    version: { listingId: string; version: string; publisherId?: string | undefined; message: string | null },
    tx?: Tx,
  ): Promise<PublishedVersion>;
}

export interface VersionsOptions {
  readonly shelf: Shelf;
  readonly database: Database;
  readonly clock: Clock;
  readonly artifacts: ArtifactStore;
  readonly maxArtifactBytes: number;
}

export function createVersions({ database, clock, artifacts, maxArtifactBytes, shelf }: VersionsOptions): Versions {
  return {
    async publish({ listingId, version, artifact, fileName, publisherId }) {
      if (!isVersion(version)) {
        throw marketplaceErrors.invalid_version({ detail: "A version is like 1.4.0 or 2.0.0-beta.1, see semver.org." });
      }
      // Before the bytes are taken, so that nobody fills the store through someone else's listing; decided below.
      ownListing(await findListing(database, listingId), publisherId);
      const { content, first } = keepFirst(artifact);
      const { sha256, size } = await artifacts.write(content, { maxBytes: maxArtifactBytes });
      if (size === 0) throw marketplaceErrors.invalid_artifact();
      await database.transaction(async (tx) => {
        const now = clock.now();
        const { id } = ownListing(await lockListing(tx, listingId), publisherId);
        const file = { size, sha256, extension: extensionOf(fileName, first()) };
        const inserted = await insertVersion(tx, { id: createId("ver", now), listingId: id, version, ...file, now });
        if (!inserted) throw marketplaceErrors.version_exists({ detail: `${version} was published before.` });
        await decideLatest(tx, id);
        const listing = ownListing(await lockListing(tx, id), publisherId);
        if (listing.status === "draft" && (await publishesItself(tx, id))) await shelf.put(tx, listing);
      });
      return { version, size, sha256 };
    },

    async yank({ listingId, version, publisherId, reason }, tx) {
      return database.transaction(async (tx) => {
        const { id } = ownListing(await lockListing(tx, listingId), publisherId);
        const yanked = await yankVersion(tx, { listingId: id, version, reason: reason ?? null, now: clock.now() });
        if (!yanked) throw marketplaceErrors.version_not_found();
        await decideLatest(tx, id);
        return yanked;
      }, tx);
    },

    deprecate: ({ listingId, version, publisherId, message: deprecation }, tx) =>
      database.transaction(async (tx) => {
        const { id } = ownListing(await lockListing(tx, listingId), publisherId);
        if (deprecation !== null && (deprecation.length > longestMessage || !isStorableText(deprecation))) {
          throw marketplaceErrors.invalid_version({ detail: `A message has up to ${longestMessage} characters.` });
        }
        const changed = await deprecateVersion(tx, { listingId: id, version, deprecation, now: clock.now() });
        if (!changed) throw marketplaceErrors.version_not_found();
        return changed;
      }, tx),
  };
}

const longestMessage = 500;

/** With the listing's row locked: two versions published at once each see the other or are seen by it. */
async function decideLatest(tx: Tx, listingId: string): Promise<void> {
  await setLatestVersion(tx, listingId, latestOf(await selectVersions(tx, listingId)));
}
