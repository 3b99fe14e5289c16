/** Downloads: the bytes of a version, for those who have a right to them. */
import type { Readable } from "node:stream";
import type { Tx } from "@revops/database";
import type { ByteRange } from "../artifacts/artifacts.ts";
import type { Listing } from "../listings/listing.ts";

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
