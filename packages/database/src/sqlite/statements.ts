/** Statements compiled once: preparing costs more than running a point query. */
import type Sqlite from "better-sqlite3";
import { LRUCache } from "lru-cache";

/** More than the distinct queries of the whole product, so that none is evicted in normal use. */
const capacity = 1_000;

/** Rows as arrays, for the query builder, or as objects by column name. */
export type Shape = "arrays" | "objects";

/** Gives the compiled statement for a text of SQL. Each shape has its own: turning one over at every use costs a call. */
export type Statements = (sql: string, shape?: Shape) => Sqlite.Statement<unknown[]>;

export function createStatements(connection: Sqlite.Database): Statements {
  const caches: Record<Shape, LRUCache<string, Sqlite.Statement<unknown[]>>> = {
    arrays: new LRUCache({ max: capacity }),
    objects: new LRUCache({ max: capacity }),
  };
  return (sql, shape = "objects") => {
    const known = caches[shape].get(sql);
    if (known) return known;
    const statement = connection.prepare<unknown[]>(sql);
    if (statement.reader) statement.raw(shape === "arrays");
    caches[shape].set(sql, statement);
    return statement;
  };
}

/** SQLite has neither dates nor booleans: times are milliseconds since 1970, flags 0 and 1, as the columns declare. */
export function toSqliteValue(value: unknown): unknown {
  if (value instanceof Date) return value.getTime();
  if (typeof value === "boolean") return value ? 1 : 0;
  return value;
}

/** Runs a statement and gives its rows. */
export function execute(statements: Statements, sql: string, parameters: readonly unknown[], shape: Shape): unknown[] {
  const statement = statements(sql, shape);
  const values = parameters.map(toSqliteValue);
  if (!statement.reader) {
    statement.run(...values);
    return [];
  }
  return statement.all(...values);
}
