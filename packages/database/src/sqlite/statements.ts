/** Statements compiled once: preparing costs more than running a point query. */
import type Sqlite from "better-sqlite3";
import { LRUCache } from "lru-cache";

/** More than the distinct queries of the whole product, so that none is evicted in normal use. */
const capacity = 1_000;

/** Gives the compiled statement for a text of SQL. */
export type Statements = (sql: string) => Sqlite.Statement<unknown[]>;

export function createStatements(connection: Sqlite.Database): Statements {
  const cache = new LRUCache<string, Sqlite.Statement<unknown[]>>({ max: capacity });
  return (sql) => {
    const known = cache.get(sql);
    if (known) return known;
    const statement = connection.prepare<unknown[]>(sql);
    cache.set(sql, statement);
    return statement;
  };
}

/** SQLite has neither dates nor booleans: times are milliseconds since 1970, flags 0 and 1, as the columns declare. */
export function toSqliteValue(value: unknown): unknown {
  if (value instanceof Date) return value.getTime();
  if (typeof value === "boolean") return value ? 1 : 0;
  return value;
}
