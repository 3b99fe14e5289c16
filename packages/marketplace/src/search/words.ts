/**
 * Splits text into the words that are searched. Done here and not by the databases' tokenizers, which disagree on
 * hyphens, digits, accents and scripts: the same words go into both, so both find the same.
 */

const longestWord = 64;

/**
 * The words of a text: runs of letters and digits, folded to lower case without accents.
 * @example wordsOf("Better-SQLite3 für Café") // ["better", "sqlite3", "fur", "cafe"]
 */
export function wordsOf(text: string): string[] {
  const folded = text
    .toLowerCase()
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "")
    // Some capitals only become letters by the decomposition (ℌ), so once more.
    .toLowerCase()
    .normalize("NFC");
  return (folded.match(/[\p{L}\p{N}\p{M}]+/gu) ?? []).map(shortened);
}

/** PostgreSQL's lexemes end at 2,046 bytes; nobody types 64 characters of one word. */
function shortened(word: string): string {
  if (word.length <= longestWord) return word;
  const cut = word.slice(0, longestWord);
  return cut.isWellFormed() ? cut : cut.slice(0, -1);
}

/** The distinct words of several texts, at most so many. */
export function distinctWords(texts: readonly string[], limit: number): string[] {
  const words = new Set<string>();
  for (const text of texts) {
    for (const word of wordsOf(text)) {
      if (words.size === limit) return [...words];
      words.add(word);
    }
  }
  return [...words];
}
