/** What of a listing can be found, and what it is ranked by. */
import type { Listing } from "../listings/listing.ts";
import {
  beginning,
  beginningInName,
  beginningOfName,
  beginningsOf,
  inCategory,
  ofKind,
  ofKindInCategory,
  pricedTerms,
  tagged,
  wholeName,
} from "./terms.ts";
import { distinctWords, wordsOf } from "./words.ts";

/** A longer description is findable by its first so many words; an index entry stays within a few kilobytes. */
const mostWords = 1_000;

export interface SearchDocument {
  readonly nameKey: string;
  readonly tagWords: string;
  readonly summaryWords: string;
  /** What it is found by (terms.ts). */
  readonly terms: readonly string[];
  /** The words that a misspelt one may be mended to. */
  readonly spellable: readonly string[];
}

export function documentOf(listing: Listing): SearchDocument {
  const nameWords = wordsOf(listing.name);
  // "bettersqlite3" finds better-sqlite3.
  const joined = nameWords.join("");
  // Buyers see it in addresses and in the names of files.
  const slugWords = wordsOf(listing.slug);
  const publisher = listing.publisher.name ?? "";
  const head = [listing.name, joined, listing.tags.join(" "), listing.category, listing.summary, publisher];
  const headWords = distinctWords(head, mostWords);
  const words = distinctWords([...head, listing.slug, listing.description], mostWords);
  const terms = new Set([
    ...words,
    // A description's words are found whole: their beginnings would be most of the index and of little use.
    ...[...headWords, ...slugWords].flatMap((word) => beginningsOf(word)),
    ...words.map(beginning),
    ...nameWords.flatMap((word) => beginningsOf(word, beginningInName)),
    ...beginningsOf(joined, beginningOfName),
    wholeName(joined),
    wholeName(slugWords.join("")),
    inCategory(listing.category),
    ofKind(listing.kind),
    ofKindInCategory(listing.kind, listing.category),
    ...listing.tags.map(tagged),
    ...pricedTerms(listing.price),
  ]);
  return {
    nameKey: nameWords.join(" "),
    tagWords: ` ${wordsOf(listing.tags.join(" ")).join(" ")} `,
    summaryWords: ` ${wordsOf(listing.summary).join(" ")} `,
    terms: [...terms],
    spellable: headWords,
  };
}
