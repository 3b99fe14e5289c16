/** Which version comes before which: Semantic Versioning 2.0.0 (https://semver.org/#spec-item-11). */
import semver from "semver";
import type { PublishedVersion } from "./version.ts";

/**
 * Whether the text is exactly a semantic version. No `v` in front, no blanks, and no build metadata, since two builds of
 * a version have no order. What passes has letters, digits, dots and hyphens only: it cannot name a path.
 */
export function isVersion(text: string): boolean {
  return semver.valid(text) === text;
}

/** Negative when `a` comes before `b`. */
export function byPrecedence(a: string, b: string): number {
  return semver.compare(a, b);
}

/** What `latest` is: the highest version not yanked, a pre-release only where there is nothing else. */
export function latestOf(versions: readonly Pick<PublishedVersion, "version" | "yanked">[]): string | null {
  const usable = versions.filter(({ yanked }) => !yanked).map(({ version }) => version);
  const stable = usable.filter((version) => semver.prerelease(version) === null);
  return (stable.length > 0 ? stable : usable).sort(byPrecedence).at(-1) ?? null;
}

/** The first version of the next major one; its pre-releases come before it and still belong to the former. */
export function majorAfter(version: string): string {
  return `${semver.major(version) + 1}.0.0`;
}
