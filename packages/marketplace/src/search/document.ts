/** What of a listing can be found by words. */
import type { Listing } from "../listings/listing.ts";
import { beginning, beginningsOf, distinctWords, wordsOf } from "./words.ts";

/** A longer description is findable by its first so many words; an index entry stays within a few kilobytes. */
const mostTerms = 1_000;

export interface SearchDocument {
  readonly nameKey: string;
  readonly tagWords: string;
  readonly summaryWords: string;
  /** Its distinct words, and their beginnings with a mark in front. */
  readonly terms: string;
  /** The words that a misspelt one may be mended to. */
  readonly spellable: readonly string[];
}

export function documentOf(listing: Listing): SearchDocument {
  const nameWords = wordsOf(listing.name);
  // "bettersqlite3" finds better-sqlite3.
  const joined = nameWords.join("");
  const publisher = listing.publisher.name ?? "";
  const head = [listing.name, joined, listing.tags.join(" "), listing.category, listing.summary, publisher];
  const headWords = distinctWords(head, mostTerms);
  const words = distinctWords([...head, listing.description], mostTerms);
  // A description's words are found whole: their beginnings would be most of the index and of little use.
  const beginnings = new Set([...headWords.flatMap(beginningsOf), ...words.map(beginning)]);
  return {
    nameKey: nameWords.join(" "),
    tagWords: wordsOf(listing.tags.join(" ")).join(" "),
    summaryWords: wordsOf(listing.summary).join(" "),
    terms: [...words, ...beginnings].join(" "),
    spellable: headWords,
  };
}
