/** What can be asked of the search, and what it answers. */
import type { Money, Page } from "@revops/core";
import type { Listing, ListingKind } from "../listings/listing.ts";

/** `price` is the lowest first. Without a query, `relevance` is popularity. */
export const searchSorts = ["relevance", "downloads", "newest", "price", "price_desc", "name"] as const;
export type SearchSort = (typeof searchSorts)[number];

export interface SearchRequest {
  /** Words that must all occur; the last one may be the beginning of a word. */
  readonly query?: string | undefined;
  readonly category?: string | undefined;
  readonly kind?: ListingKind | undefined;
  /** All of them. */
  readonly tags?: readonly string[] | undefined;
  /** Free ones, and those that cost at most this much in its currency. */
  readonly maxPrice?: Money | undefined;
  /** `relevance` unless said otherwise. */
  readonly sort?: SearchSort | undefined;
  /** 1 to 100. */
  readonly limit: number;
  /** The `next` of the page before. */
  readonly after?: string | undefined;
}

export interface FacetCount {
  readonly value: string;
  readonly count: number;
}

/** How the matches are spread, each facet regardless of its own filter, most frequent first. */
export interface Facets {
  readonly category: readonly FacetCount[];
  readonly kind: readonly FacetCount[];
}

export interface SearchPage extends Page<Listing> {
  readonly facets: Facets;
  /**
   * Whether every match is counted: always in a catalogue of up to 2,000 listings. In a larger one, of more than 250 matches the
   * 250 most popular are, so there are at least as many of each value as it says.
   */
  readonly facetsExhaustive: boolean;
  /** What was searched instead of a query that found nothing and had a misspelt word; null for what was asked for. */
  readonly corrected: string | null;
}
