import { type Outcome, unwrap } from "./problem.ts";

/** A page of a list. */
export interface Page<Item> {
  readonly data: readonly Item[];
  readonly nextCursor: string | null;
}

/**
 * All items of a list, page after page, each page asked for when it is needed.
 * @param page asks for a page: its argument is the query, empty for the first
 * @throws what {@link unwrap} throws
 * @example
 * for await (const invoice of paginate((query) => revops.GET("/billing/invoices", { params: { query } }))) …
 */
export async function* paginate<Item, Failure>(
  page: (query: { readonly cursor?: string }) => Promise<Outcome<Page<Item>, Failure>>,
): AsyncGenerator<Item, void, undefined> {
  let cursor: string | null = null;
  do {
    const found: Page<Item> = unwrap(await page(cursor === null ? {} : { cursor }));
    yield* found.data;
    cursor = found.nextCursor;
  } while (cursor !== null);
}
