/**
 * Mending a misspelt word. Every word that listings are found by is filed under itself and under what is left of it
 * without one of its letters; a typed word is looked up in the same way. So one letter too many, too few, another one, or
 * two that are swapped meet in an exact match of an index, however many words there are (symmetric deletion, as in
 * https://github.com/wolfgarbe/SymSpell).
 */

/** Shorter words have too many neighbours to be mended. */
const shortest = 4;
/** Longer ones are seldom typed, and would fill the table. */
const longest = 24;

/** Under what a word is filed and looked up: itself and each way to leave out one letter. Empty for those not mended. */
export function spellings(word: string): string[] {
  const letters = Array.from(word);
  if (letters.length < shortest || letters.length > longest) return [];
  const without = letters.map((_, index) => letters.filter((_letter, other) => other !== index).join(""));
  return [...new Set([word, ...without])];
}

export const isMendable = (word: string): boolean => spellings(word).length > 0;

/** Whether one slip makes one of the other: a letter added, left out or changed, or two neighbours swapped. */
export function isOneSlip(a: string, b: string): boolean {
  const [left, right] = [Array.from(a), Array.from(b)];
  if (Math.abs(left.length - right.length) > 1) return false;
  let start = 0;
  while (start < left.length && left[start] === right[start]) start++;
  const [restLeft, restRight] = [left.slice(start), right.slice(start)];
  const same = (x: readonly string[], y: readonly string[]) => x.join("") === y.join("");
  if (restLeft.length > restRight.length) return same(restLeft.slice(1), restRight);
  if (restLeft.length < restRight.length) return same(restLeft, restRight.slice(1));
  const swapped = restLeft[0] === restRight[1] && restLeft[1] === restRight[0];
  return same(restLeft.slice(1), restRight.slice(1)) || (swapped && same(restLeft.slice(2), restRight.slice(2)));
}

/** A word that listings are found by, and by how many. */
export interface Spelling {
  readonly word: string;
  readonly uses: number;
}

/**
 * The likeliest of the words that one slip makes of `typed`: the one that most listings have.
 * @param candidates some of them may be near other words
 */
export function bestOf(typed: string, candidates: readonly Spelling[]): string | null {
  if (!isMendable(typed)) return null;
  const fitting = candidates.filter(({ word }) => word !== typed && isOneSlip(typed, word));
  fitting.sort((a, b) => b.uses - a.uses || (a.word < b.word ? -1 : 1));
  return fitting[0]?.word ?? null;
}
