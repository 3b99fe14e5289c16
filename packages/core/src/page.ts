/** Paging by position (keyset): a page names where it ended, so rows that arrive meanwhile are neither skipped nor repeated. */

/** Which part of a list is wanted. */
export interface PageRequest {
  /** At most this many, 1 to 100. */
  readonly limit: number;
  /** The `next` of the page before; left out for the first. */
  readonly after?: string | undefined;
}

/** A part of a list. */
export interface Page<Item> {
  readonly data: readonly Item[];
  /** The position to continue from, or null at the end. The HTTP API signs it into a cursor. */
  readonly next: string | null;
}

/**
 * Makes a page from rows that were asked for with `limit + 1`: the one too many says that there is more.
 * @example pageOf(rows, request.limit, (row) => row.id)
 */
export function pageOf<Item>(rows: readonly Item[], limit: number, position: (item: Item) => string): Page<Item> {
  const data = rows.slice(0, limit);
  const last = data.at(-1);
  return { data, next: rows.length > limit && last !== undefined ? position(last) : null };
}
