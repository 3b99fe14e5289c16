/**
 * A listing's row as one JSON text, and back. A column more costs a driver as much as a hundred characters: a page of twenty
 * listings is read in half the time.
 */
import type { Dialect } from "@revops/database";
import { type Column, getTableColumns, type SQL, sql } from "drizzle-orm";
import { marketplaceTables } from "../schema.ts";
import type { Listing } from "./listing.ts";
import { type ListingRow, toListing } from "./store.ts";

/** The text of a row of `marketplace_listings`, with more members if there are any: `'name', value, …`. */
export function listingText(dialect: Dialect, more: SQL = sql``): SQL {
  const { listings } = marketplaceTables(dialect);
  const members = sql`${rowMembers(dialect, getTableColumns(listings))}${more}`;
  return dialect === "sqlite" ? sql`json_object(${members})` : sql`json_build_object(${members})::text`;
}

/** `'name', value, …` of a row's columns. */
export function rowMembers(dialect: Dialect, columns: Readonly<Record<string, Column>>): SQL {
  const all = Object.entries(columns).map(([name, column]) => {
    // SQLite keeps JSON as text, which would be quoted once more.
    const value = dialect === "sqlite" && column.dataType === "json" ? sql`json(${column})` : column;
    return sql`${sql.raw(`'${name}'`)}, ${value}`;
  });
  return sql.join(all, sql`, `);
}

/** What {@link listingText} was written from. Times are numbers in SQLite's JSON and RFC 3339 in PostgreSQL's. */
export const listingOf = (row: ListingRow): Listing => toListing({ ...row, createdAt: new Date(row.createdAt) });

/** @param text as {@link listingText} writes it */
export const parseListing = (text: string): Listing => listingOf(JSON.parse(text) as ListingRow);
