/**
 * A table is a function over a column vocabulary, written once for both databases. SQLite's columns are the type
 * authority; PostgreSQL's supply the same words with native types.
 */
import type { Dialect } from "../database.ts";
import { postgresColumns } from "./postgres.ts";
import { type SqliteColumns, sqliteColumns } from "./sqlite.ts";

/** The words that a schema is written in. */
export type Columns = SqliteColumns;

/** A package's tables for a dialect. */
export type Tables<Schema> = (dialect: Dialect) => Schema;

/**
 * Declares a package's tables. Keys are camelCase and become snake_case columns.
 *
 * @example
 * export const authTables = defineTables((c) => ({
 *   users: c.table("auth_users", { id: c.text().primaryKey(), email: c.text().notNull().unique(), createdAt: c.time().notNull() }),
 * }));
 * const { users } = authTables(database.dialect);
 */
export function defineTables<Schema extends object>(define: (columns: Columns) => Schema): Tables<Schema> {
  // The same keys with PostgreSQL's builders: their queries differ in SQL, not in the shape of what they take and give.
  const schemas = { sqlite: define(sqliteColumns), postgres: define(postgresColumns as unknown as Columns) };
  return (dialect) => schemas[dialect];
}
