/** What of a listing can be found by words. */
import type { Listing } from "../listings/listing.ts";
import { distinctWords, wordsOf } from "./words.ts";

/** A longer description is findable by its first so many words; an index entry stays within a few kilobytes. */
const mostTerms = 1_000;

export interface SearchDocument {
  readonly nameKey: string;
  readonly tagWords: string;
  readonly summaryWords: string;
  readonly terms: string;
}

export function documentOf(listing: Listing): SearchDocument {
  const nameWords = wordsOf(listing.name);
  // "bettersqlite3" finds better-sqlite3.
  const joined = nameWords.join("");
  const publisher = listing.publisher.name ?? "";
  const texts = [listing.name, joined, listing.tags.join(" "), listing.category, listing.summary, publisher];
  return {
    nameKey: nameWords.join(" "),
    tagWords: wordsOf(listing.tags.join(" ")).join(" "),
    summaryWords: wordsOf(listing.summary).join(" "),
    terms: distinctWords([...texts, listing.description], mostTerms).join(" "),
  };
}
