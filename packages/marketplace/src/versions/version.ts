/** A version as buyers see it. */
export interface PublishedVersion {
  /** A semantic version (https://semver.org) without build metadata. */
  readonly version: string;
  /** Bytes. */
  readonly size: number;
  /** Hexadecimal SHA-256 of the artifact. */
  readonly sha256: string;
  readonly publishedAt: Date;
  /** Withdrawn: never `latest`, yet there for those who name it, so that what worked goes on working. */
  readonly yanked: boolean;
  /** What to use instead, when its publisher advises against it; it is still the latest if it was. */
  readonly deprecation: string | null;
  /** `.tgz`: how its file's name ends. */
  readonly extension: string | null;
}
