/** The terms that a listing has to have to be found by words, and to be found by its name. */
import type { Terms } from "./matching.ts";
import { beginning, beginningInName, beginningOfName, wholeName } from "./terms.ts";

/** Each of the words; whoever is still typing has typed the beginning of the last one. */
export function matchTerms(words: readonly string[]): Terms {
  const last = words.at(-1);
  return last === undefined ? [] : [...words.slice(0, -1), beginning(last)].map((term) => [term]);
}

export interface NameTerms {
  /** The name is the query. */
  readonly whole: Terms;
  /** The name begins with the query. */
  readonly begins: Terms;
  /** All words are in the name, or begin one there. */
  readonly within: Terms;
}

/** Of names only: what they leave open is looked at in the entry (`namedConditions`), as few have them. */
export function nameTerms(words: readonly string[]): NameTerms {
  const joined = words.join("");
  return {
    whole: [[wholeName(joined)]],
    begins: [[beginningOfName(joined)]],
    within: words.map((word) => [beginningInName(word)]),
  };
}
