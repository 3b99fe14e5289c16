/** Opening a database by its address. */
import { fileURLToPath } from "node:url";
import type { Logger } from "@revops/core";
import type { Database } from "./database.ts";
import { databaseErrors } from "./errors.ts";
import { openPostgres } from "./postgres/postgres.ts";
import { openSqlite } from "./sqlite/sqlite.ts";

export interface DatabaseOptions {
  /** `file:./data/revops.db`, `file:/var/lib/revops.db`, `:memory:`, or `postgres://user:password@host/name`. */
  readonly url: string;
  /** PostgreSQL connections at most; 10 unless said otherwise. */
  readonly maxConnections?: number;
  readonly logger?: Logger;
}

/**
 * Opens a database. SQLite files (and their folders) are made when absent.
 * @throws `invalid_database_url`, `database_unavailable`
 * @example const database = openDatabase({ url: "file:./data/app.db" });
 */
export function openDatabase({ url, maxConnections, logger }: DatabaseOptions): Database {
  if (url === ":memory:") return openSqlite(":memory:");
  if (/^postgres(ql)?:\/\//.test(url)) return openPostgres(url, { maxConnections, logger });
  if (url.startsWith("file:///")) return openSqlite(fileURLToPath(url));
  const path = url.startsWith("file:") ? url.slice("file:".length) : "";
  if (path !== "") return openSqlite(path);
  throw databaseErrors.invalid_database_url({ detail: "Use file:<path>, :memory: or postgres://…" });
}
