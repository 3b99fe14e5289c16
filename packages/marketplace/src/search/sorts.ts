/** The orders that a column gives. Each ends with the id, so that it is total and a page can continue in it. */
import { type SQL, sql } from "drizzle-orm";
import type { Listing } from "../listings/listing.ts";
import { decodePosition, encodePosition } from "./position.ts";
import type { SearchSort } from "./search-request.ts";
import type { SortedRow } from "./store.ts";

type Value = string | number;

export interface Sort {
  readonly order: SQL;
  /** The condition for what comes after a position. @throws `invalid_search` */
  after(position: string): SQL;
  /** The position of a row that ends a page. */
  position(listing: Listing, row: SortedRow): string;
}

interface SortColumn {
  readonly column: SQL;
  readonly direction: "ascending" | "descending";
  readonly type: "string" | "number";
  /** The value as a position carries it. */
  read(listing: Listing, row: SortedRow): Value;
  /** The value as the column holds it; the same unless said otherwise. */
  toColumn?(value: Value): unknown;
}

function byColumn(name: string, { column, direction, type, read, toColumn = (value) => value }: SortColumn): Sort {
  const [word, sign] = direction === "ascending" ? [sql`asc`, sql`>`] : [sql`desc`, sql`<`];
  return {
    order: sql`${column} ${word}, l.id ${word}`,
    after(position) {
      const [value = "", id = ""] = decodePosition(name, position, [type, "string"]);
      return sql`(${column}, l.id) ${sign} (${toColumn(value)}, ${id})`;
    },
    position: (listing, row) => encodePosition(name, [read(listing, row), listing.id]),
  };
}

const price = {
  column: sql`l.price_amount`,
  type: "number",
  read: (listing: Listing) => listing.price?.amount ?? 0,
} as const;

export const sorts: Readonly<Record<Exclude<SearchSort, "relevance">, Sort>> = {
  downloads: byColumn("downloads", {
    column: sql`l.downloads`,
    direction: "descending",
    type: "number",
    read: (listing) => listing.downloads,
  }),
  newest: byColumn("newest", {
    column: sql`l.created_at`,
    direction: "descending",
    type: "number",
    read: (listing) => listing.createdAt.getTime(),
    toColumn: (value) => new Date(value),
  }),
  price: byColumn("price", { ...price, direction: "ascending" }),
  price_desc: byColumn("price_desc", { ...price, direction: "descending" }),
  name: byColumn("name", {
    column: sql`d.name_key`,
    direction: "ascending",
    type: "string",
    read: (_listing, row) => row.nameKey,
  }),
};
