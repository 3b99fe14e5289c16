/** What a listing may say. */
import { isStorableText, type Money, money } from "@revops/core";
import { marketplaceErrors } from "../errors.ts";
import { faultOf } from "../licenses/terms.ts";
import {
  billingIntervals,
  type Course,
  type Listing,
  type ListingKind,
  listingKinds,
  type NewListing,
} from "./listing.ts";

/** Characters at most; a description is a README, not a book. */
const longest = { publisherId: 200, publisherName: 200, slug: 100, name: 200, summary: 500, description: 100_000 };
const slugPattern = /^[a-z0-9]+(-[a-z0-9]+)*$/;
/** What a person reads as one label: no line breaks, no surrounding blanks. */
const labelPattern = /^[\p{L}\p{N}](?:[^\p{C}\p{Z}]| (?! )){0,48}(?<! )$/u;
const mostTags = 20;

/**
 * Checks a new listing and brings its tags into the form that they are searched in: lower case, each once.
 * @throws `invalid_listing`, with the member's name in fields.path
 */
export function checkedListing(listing: NewListing): NewListing {
  for (const [path, length] of Object.entries(longest)) {
    const text = listing[path as keyof typeof longest];
    if (text === undefined && path === "publisherName") continue;
    const filled = typeof text === "string" && (path === "description" || text.trim() !== "");
    if (!filled || text.length > length) refuse(path, `takes 1 to ${length} characters`);
    if (!isStorableText(text)) refuse(path, "has characters that are not text");
  }
  if (!slugPattern.test(listing.slug)) refuse("slug", "is lower-case letters and digits with single hyphens between");
  if (!listingKinds.includes(listing.kind)) refuse("kind", `is one of ${listingKinds.join(", ")}`);
  if (!labelPattern.test(listing.category)) refuse("category", "is a label of 1 to 50 characters");
  const tags = [...new Set(listing.tags.map((tag) => tag.toLowerCase()))];
  if (tags.length > mostTags) refuse("tags", `are at most ${mostTags}`);
  if (!tags.every((tag) => labelPattern.test(tag))) refuse("tags", "are labels of 1 to 50 characters");
  const { interval = null, licenseTerms = {}, course = null } = listing;
  if (interval !== null && !billingIntervals.includes(interval)) refuse("interval", "is month or year");
  if (interval !== null && listing.price === null) refuse("interval", "needs a price");
  const fault = faultOf(licenseTerms);
  if (fault !== null) refuse("licenseTerms", `must be right: ${fault}`);
  return {
    ...listing,
    tags,
    price: checkedPrice(listing.price),
    interval,
    course: checkedCourse(listing.kind, course),
  };
}

const mostLessons = 500;

function checkedCourse(kind: ListingKind, course: Course | null): Course | null {
  if (kind !== "course") {
    if (course !== null) refuse("course", "is for listings of the kind course");
    return null;
  }
  const lessons = course?.lessons ?? [];
  if (lessons.length > mostLessons) refuse("course", `has up to ${mostLessons} lessons`);
  const fine = lessons.every(({ id, title }) => slugPattern.test(id) && id.length <= 100 && isTitle(title));
  if (!fine || new Set(lessons.map(({ id }) => id)).size < lessons.length) {
    refuse("course", "has lessons with ids of their own, in lower-case letters, digits and hyphens, and titles");
  }
  return { lessons: lessons.map(({ id, title }) => ({ id, title })) };
}

const isTitle = (text: string) => text.trim() !== "" && text.length <= 200 && isStorableText(text);

/** Eight digits, https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts: what costs more, nobody could buy. */
const highestPrice = 99_999_999;
const currencies = new Set(Intl.supportedValuesOf("currency").map((code) => code.toLowerCase()));

function checkedPrice(price: Money | null): Money | null {
  if (price === null) return null;
  if (!(price.amount > 0)) refuse("price", "is above zero, or null when free");
  if (price.amount > highestPrice) refuse("price", "is 99,999,999 minor units at most");
  const checked = money(price.amount, price.currency);
  if (!currencies.has(checked.currency)) refuse("price", "is in a currency of ISO 4217");
  return checked;
}

function refuse(path: string, must: string): never {
  throw marketplaceErrors.invalid_listing({ detail: `${path} ${must}.`, fields: { path } });
}

/**
 * Whether someone may see it.
 * @param viewerId undefined for the public
 */
export function isVisible(listing: Listing, viewerId: string | undefined): boolean {
  return listing.status === "published" || (viewerId !== undefined && viewerId === listing.publisher.id);
}

/** Gives the listing to its publisher only; anybody else learns nothing, not even that it is there. */
export function ownListing(listing: Listing | null, publisherId: string | undefined): Listing {
  if (listing && (publisherId === undefined || publisherId === listing.publisher.id)) return listing;
  throw marketplaceErrors.package_not_found();
}
