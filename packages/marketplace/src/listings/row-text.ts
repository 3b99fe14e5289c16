/**
 * A listing's row as one JSON text, and back. A column more costs a driver as much as a hundred characters: a page of twenty
 * listings is read in half the time.
 */
import type { Dialect } from "@revops/database";
import { Column, getTableColumns, is, type SQL, sql } from "drizzle-orm";
import { marketplaceTables } from "../schema.ts";
import type { Listing } from "./listing.ts";
import { type ListingRow, toListing } from "./store.ts";

/** The text of a row of `marketplace_listings`, with more members if there are any. */
export function listingText(dialect: Dialect, more: Readonly<Record<string, SQL>> = {}): SQL {
  const { listings } = marketplaceTables(dialect);
  const row = rowJson(dialect, { ...getTableColumns(listings), ...more });
  return dialect === "sqlite" ? row : sql`${row}::text`;
}

/** The JSON of a row: each column under its name here. */
export function rowJson(dialect: Dialect, columns: Readonly<Record<string, Column | SQL>>): SQL {
  const members = Object.entries(columns);
  // A row is of one type, which is looked up once; `json_build_object` looks up that of each value of each row.
  if (dialect === "postgres") {
    const named = members.map(([name, column]) => sql`${column} as ${sql.identifier(name)}`);
    return sql`(select to_json(r) from (select ${sql.join(named, sql`, `)}) r)`;
  }
  const all = members.map(([name, column]) => {
    // SQLite keeps JSON as text, which would be quoted once more.
    const value = is(column, Column) && column.dataType === "json" ? sql`json(${column})` : column;
    return sql`${sql.raw(`'${name}'`)}, ${value}`;
  });
  return sql`json_object(${sql.join(all, sql`, `)})`;
}

/** What {@link listingText} was written from. Times are numbers in SQLite's JSON and RFC 3339 in PostgreSQL's. */
export const listingOf = (row: ListingRow): Listing => toListing({ ...row, createdAt: new Date(row.createdAt) });

/** @param text as {@link listingText} writes it */
export const parseListing = (text: string): Listing => listingOf(JSON.parse(text) as ListingRow);
