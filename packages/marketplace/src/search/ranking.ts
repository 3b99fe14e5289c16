/**
 * The ranking, the same for both databases: an exact name, then names that begin with the query, then
 * relevance × popularity.
 */

/** A match as the index gives it. */
export interface Candidate {
  readonly id: string;
  readonly nameKey: string;
  readonly tagWords: string;
  readonly summaryWords: string;
  readonly downloads: number;
  readonly category: string;
  readonly kind: string;
}

/** Where a match stands; sorts by `compareRanks`. */
export interface Rank {
  /** 0 exact name, 1 the name begins so, 2 any other match. */
  readonly nameClass: number;
  /** A whole number, higher is better: it travels in positions, where a float would not come back the same. */
  readonly score: number;
  readonly id: string;
}

// A word in the name says what a thing is, a tag what it is about, the summary what it does. A description mentions.
const weights = { name: 8, tag: 4, summary: 2, description: 1 };
/** The beginning of a word tells less than the word. */
const prefixShare = 0.6;

export function rankOf(candidate: Candidate, words: readonly string[]): Rank {
  const key = words.join(" ");
  const { id, nameKey, downloads } = candidate;
  const exact = nameKey === key || nameKey.replaceAll(" ", "") === key.replaceAll(" ", "");
  const nameClass = exact ? 0 : nameKey.startsWith(key) ? 1 : 2;
  return { nameClass, score: Math.round(relevance(candidate, words) * popularity(downloads) * 1e6), id };
}

/** The sum over the words of the best place each is found at; a name that says little else counts more. */
function relevance({ nameKey, tagWords, summaryWords }: Candidate, words: readonly string[]): number {
  let sum = 0;
  for (const [index, word] of words.entries()) {
    const mayBePrefix = index === words.length - 1;
    const inName = weights.name * occurrence(nameKey, word, mayBePrefix) * (1 + word.length / (nameKey.length + 1));
    sum += Math.max(
      inName,
      weights.tag * occurrence(tagWords, word, mayBePrefix),
      weights.summary * occurrence(summaryWords, word, mayBePrefix),
      weights.description,
    );
  }
  return sum;
}

/** 1 for the word itself, less for a word that begins with it, 0 for neither. */
function occurrence(words: string, word: string, mayBePrefix: boolean): number {
  const text = ` ${words} `;
  if (text.includes(` ${word} `)) return 1;
  return mayBePrefix && text.includes(` ${word}`) ? prefixShare : 0;
}

/** Each tenfold of downloads adds as much as the first one: what is popular leads, and does not bury the rest. */
function popularity(downloads: number): number {
  return 1 + Math.log10(1 + downloads);
}

/** Best first; a total order, since ids differ. */
export function compareRanks(a: Rank, b: Rank): number {
  return a.nameClass - b.nameClass || b.score - a.score || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}
