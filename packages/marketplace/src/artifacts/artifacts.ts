/** Where the bytes of versions are kept: a port of two methods. */
import type { Readable } from "node:stream";

/** Bytes to be stored: all at once, or as they arrive. */
export type ArtifactContent = Uint8Array | AsyncIterable<Uint8Array>;

export interface StoredArtifact {
  /** Hexadecimal SHA-256: its name in the store. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/** Bytes `start` to `end`, both included and counted from 0, as in HTTP (RFC 9110 §14.1.2). */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** A content-addressed store. */
export interface ArtifactStore {
  /**
   * Stores the bytes durably: when it resolves they survive a power cut. The same bytes twice are kept once.
   * @throws `artifact_too_large` past `maxBytes`; nothing is kept then
   */
  write(content: ArtifactContent, limits: { readonly maxBytes: number }): Promise<StoredArtifact>;
  /**
   * Streams the bytes, all or a range of them. The stream fails with `artifact_corrupt` when they are missing or do not
   * have the digest they are stored under: before the first byte of a range, before the last bytes of the whole.
   */
  read(artifact: StoredArtifact, range?: ByteRange): Readable;
}
