/** The walk of a prepared statement: what it asks the index for is filled in. */
import type { Dialect } from "@revops/database";
import { type SQL, sql } from "drizzle-orm";
import { priceCondition } from "./filters.ts";
import type { Walk } from "./matching.ts";
import { searchIndexes } from "./search-index.ts";

export interface WindowWalk {
  /** The placeholder of the query; null means everything. */
  readonly match: string | null;
  /** With a `maxPrice`, whose placeholders are `amount` and `currency`. */
  readonly priced: boolean;
  readonly after?: Walk["after"];
  readonly columns?: Walk["columns"];
  readonly read?: Walk["read"];
  readonly isCommon?: Walk["isCommon"];
  readonly size: number;
}

export function windowWalk(dialect: Dialect, { match, priced, after, columns, read, isCommon, size }: WindowWalk): SQL {
  return searchIndexes[dialect].walk({
    match: match === null ? null : sql`${sql.placeholder(match)}`,
    where: priceCondition(priced),
    after,
    columns,
    read,
    isCommon,
    limit: sql.raw(String(size)),
  });
}
