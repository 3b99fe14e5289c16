/** The orders that a column gives. Each ends with the id, so that it is total and a page can continue in it. */
import { type SQL, sql } from "drizzle-orm";
import { decodePosition, encodePosition } from "./position.ts";
import type { SearchSort } from "./search-request.ts";

export interface Sort {
  /** The column, of the listings as well as of the search's entries unless `ofEntries`. */
  readonly column: SQL;
  /** Only the entries have it. */
  readonly ofEntries: boolean;
  readonly descending: boolean;
  /** A position's members as the columns hold them. @throws `invalid_search` */
  read(position: string): { readonly value: unknown; readonly id: string };
  /** The position of a row that ends a page. */
  write(value: unknown, id: string): string;
}

interface Options {
  readonly descending: boolean;
  readonly type: "string" | "number";
  readonly ofEntries?: boolean;
  /** A value as a position carries it, and as the column holds it; the same unless said otherwise. */
  readonly toPosition?: (value: unknown) => string | number;
  readonly toColumn?: (value: string | number) => unknown;
}

function byColumn(name: string, column: string, options: Options): Sort {
  const { descending, type, ofEntries = false, toColumn = (value) => value } = options;
  const { toPosition = (value) => (type === "number" ? Number(value) : String(value)) } = options;
  return {
    column: sql.raw(column),
    ofEntries,
    descending,
    read(position) {
      const [value = "", id = ""] = decodePosition(name, position, [type, "string"]);
      return { value: toColumn(value), id: String(id) };
    },
    write: (value, id) => encodePosition(name, [toPosition(value), id]),
  };
}

export const sorts: Readonly<Record<Exclude<SearchSort, "relevance">, Sort>> = {
  downloads: byColumn("downloads", "downloads", { descending: true, type: "number" }),
  newest: byColumn("newest", "created_at", {
    descending: true,
    type: "number",
    // SQLite keeps milliseconds, PostgreSQL's driver gives a date.
    toPosition: (value) => (value instanceof Date ? value.getTime() : Number(value)),
    toColumn: (value) => new Date(value),
  }),
  price: byColumn("price", "price_amount", { descending: false, type: "number" }),
  price_desc: byColumn("price_desc", "price_amount", { descending: true, type: "number" }),
  name: byColumn("name", "name_key", { descending: false, type: "string", ofEntries: true }),
};
