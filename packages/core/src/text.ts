/** One rule for text, in front of both databases. */

/**
 * Whether both databases store this text the same way. NUL and lone surrogates are not Unicode text: SQLite takes
 * them, PostgreSQL refuses them (`22021`), so they are refused before either sees them.
 */
export function isStorableText(value: string): boolean {
  return value.isWellFormed() && !value.includes("\u0000");
}
