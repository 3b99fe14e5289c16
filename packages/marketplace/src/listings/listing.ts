/** What a listing looks like to those who read it. */
import type { Money } from "@revops/core";
import type { PublishedVersion } from "../versions/version.ts";

/** What is sold. Each kind has versions with an artifact. */
export const listingKinds = ["package", "template", "ontology"] as const;
export type ListingKind = (typeof listingKinds)[number];

/** A draft is seen by its publisher only. */
export type ListingStatus = "draft" | "published";

/** Who offers it. */
export interface Publisher {
  readonly id: string;
  /** As shown to buyers; null when none was given. */
  readonly name: string | null;
}

/** What buyers think of it, 1 to 5. */
export interface Rating {
  /** Null while nobody has rated it. */
  readonly average: number | null;
  readonly count: number;
}

export interface Listing {
  /** `pkg_…` */
  readonly id: string;
  /** Lower-case words joined by hyphens, unique; never looks like an id. */
  readonly slug: string;
  readonly name: string;
  readonly kind: ListingKind;
  readonly status: ListingStatus;
  /** One line. */
  readonly summary: string;
  readonly description: string;
  readonly category: string;
  readonly tags: readonly string[];
  readonly publisher: Publisher;
  /** Null is free. */
  readonly price: Money | null;
  /** The highest version that is neither yanked nor a pre-release; the highest pre-release when there are only such. */
  readonly latestVersion: string | null;
  /** How many subjects have downloaded it. */
  readonly downloads: number;
  readonly rating: Rating;
  readonly createdAt: Date;
}

/** A listing with its versions, highest first. */
export interface ListingDetails extends Listing {
  readonly versions: readonly PublishedVersion[];
}

/** What a publisher says about a new listing. */
export interface NewListing {
  readonly publisherId: string;
  readonly publisherName?: string | undefined;
  readonly slug: string;
  readonly name: string;
  readonly kind: ListingKind;
  readonly summary: string;
  readonly description: string;
  readonly category: string;
  readonly tags: readonly string[];
  readonly price: Money | null;
}
