/**
 * What the index knows of a listing: its words as they are, and terms that begin with a mark. A mark is never part of a
 * word, and outside ASCII, so that no tokenizer splits there.
 *
 * Beginnings are terms of their own, since both databases gather every match of a prefix query before they give the first;
 * so are the values that are filtered by: "template" narrows a search as one more word does.
 */
import type { Money } from "@revops/core";

/** A word begins so: the last word of a query may be unfinished. */
export const beginning = (letters: string) => `·${letters}`;
/** A word of the name begins so. */
export const beginningInName = (letters: string) => `¦${letters}`;
/** The name begins so, its words run together. */
export const beginningOfName = (letters: string) => `«${cut(letters, longestBeginningOfName)}`;
/** The name, or the slug, is this, its words run together: "bettersqlite3" is better-sqlite3. */
export const wholeName = (letters: string) => `»${cut(letters, longestName)}`;

export const inCategory = (category: string) => `¤c${encoded(category)}`;
export const ofKind = (kind: string) => `¤k${encoded(kind)}`;
/** Both at once: one list of the index in place of two long ones that are gone through together. */
export const ofKindInCategory = (kind: string, category: string) => `¤b${encoded(kind)}‹›${encoded(category)}`;
export const tagged = (tag: string) => `¤t${encoded(tag.toLowerCase())}`;
const free = "¤pfree";

const longestBeginningOfName = 32;
const longestName = 200;

/** All beginnings of a word, itself among them. */
export function beginningsOf(word: string, term: (letters: string) => string = beginning): string[] {
  let letters = "";
  return Array.from(word, (letter) => {
    letters += letter;
    return term(letters);
  });
}

/** Prices are indexed by the powers of four that they are below; a query takes the next one and leaves the rest to the row. */
const priceSteps = Array.from({ length: 14 }, (_, step) => 4 ** step);

export function pricedTerms(price: Money | null): string[] {
  if (price === null) return [free];
  const below = priceSteps.filter((step) => price.amount < step);
  return [paid(price.currency), ...below.map((step) => paid(price.currency, step))];
}

/** Of these a listing that costs at most so much has one; one that has it may cost up to four times as much. */
export function atMostTerms({ amount, currency }: Money): string[] {
  return [
    free,
    paid(
      currency,
      priceSteps.find((step) => amount < step),
    ),
  ];
}

const paid = (currency: string, below?: number) => `¤p${encoded(currency)}${below === undefined ? "" : `‹${below}›`}`;

/** Without what a tokenizer splits at or folds: anything in ASCII but lower-case letters and digits is written as a number. */
function encoded(value: string): string {
  return value.replace(/[^a-z0-9\u0080-\uffff]/g, (character) => `‹${character.charCodeAt(0).toString(16)}›`);
}

function cut(letters: string, longest: number): string {
  return letters.length <= longest ? letters : Array.from(letters).slice(0, longest).join("");
}
