/** Versions: what a listing delivers. */
import type { Tx } from "@revops/database";
import type { ArtifactContent, StoredArtifact } from "../artifacts/artifacts.ts";
import type { PublishedVersion } from "./version.ts";

export interface Versions {
  /**
   * Stores the artifact, then adds the version and decides `latest` anew. With `publisherId`, only if the listing is
   * theirs. A version's bytes never change: publish another version instead.
   * @throws `package_not_found`, `invalid_version`, `version_exists`, `invalid_artifact`, `artifact_too_large`
   * @example await versions.publish({ listingId, version: "1.4.0", artifact: createReadStream("tar-stream-1.4.0.tgz") })
   */
  publish(version: {
    listingId: string;
    version: string;
    artifact: ArtifactContent;
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
}
