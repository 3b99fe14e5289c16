/** What a listing looks like to those who read it. */
import type { Money } from "@revops/core";
import type { LicenseTerms } from "../licenses/terms.ts";
import type { PublishedVersion } from "../versions/version.ts";

/** What is sold. */
export const listingKinds = ["package", "template", "ontology", "course", "service", "sponsorship"] as const;
export type ListingKind = (typeof listingKinds)[number];

/** The kinds that are delivered as a file: they need a version before they are sold. */
export const deliveredKinds: ReadonlySet<ListingKind> = new Set(["package", "template", "ontology"]);

/**
 * `draft` is seen by its publisher only, `in_review` and `rejected` too; `published` is on sale; `withdrawn` by its
 * publisher and still there for its buyers; `suspended` by the marketplace, for everybody.
 */
export const listingStatuses = ["draft", "in_review", "published", "rejected", "withdrawn", "suspended"] as const;
export type ListingStatus = (typeof listingStatuses)[number];

/** How often a price is due. */
export const billingIntervals = ["month", "year"] as const;
export type BillingInterval = (typeof billingIntervals)[number];

export interface Lesson {
  /** Lower-case letters, digits and hyphens. */
  readonly id: string;
  readonly title: string;
}

/** What a course is made of; who has completed every lesson has completed it. */
export interface Course {
  readonly lessons: readonly Lesson[];
}

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
  /** How often the price is due; null is once. */
  readonly interval: BillingInterval | null;
  readonly licenseTerms: LicenseTerms;
  /** Of a course. */
  readonly course: Course | null;
  /** Why it was rejected or suspended. */
  readonly moderationReason: string | null;
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
  /** A subscription when given. */
  readonly interval?: BillingInterval | null | undefined;
  readonly licenseTerms?: LicenseTerms | undefined;
  readonly course?: Course | null | undefined;
  /** Puts it on sale as soon as it can be: at once, or with its first version. A draft waits to be published. */
  readonly publish?: boolean | undefined;
}

/** What a publisher may change. The kind and the slug stay: others go by them. */
export type ListingChanges = {
  readonly [Member in Exclude<keyof NewListing, "publisherId" | "slug" | "kind" | "publish">]?:
    | NewListing[Member]
    | undefined;
};
