/** One rule for text, in front of both databases. */

// biome-ignore lint/suspicious/noControlCharactersInRegex: NUL is the very character that is looked for.
const nul = /\u0000/;

/**
 * Whether both databases store this text the same way. NUL and lone surrogates are not Unicode text: SQLite takes
 * them, PostgreSQL refuses them (`22021`), so they are refused before either sees them.
 */
export function isStorableText(value: string): boolean {
  return value.isWellFormed() && !nul.test(value);
}
