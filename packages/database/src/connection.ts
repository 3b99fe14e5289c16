/** The drivers' own connections, for the few statements that are written once per dialect. */
import type Sqlite from "better-sqlite3";
import type pg from "pg";

/** A better-sqlite3 connection. */
export type SqliteConnection = Sqlite.Database;

/** What is used of a `pg` client. */
export type PostgresClient = Pick<pg.ClientBase, "query">;

/** The connection that a transaction runs on. */
export type Connection =
  | { readonly dialect: "sqlite"; readonly sqlite: SqliteConnection }
  | { readonly dialect: "postgres"; readonly postgres: PostgresClient };
