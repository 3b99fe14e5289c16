/** Which statements a piece of work runs, seen at the drivers: each as its text and how many rows it gave or changed. */
import type { Database } from "@revops/database";
import pg from "pg";
import { onTestFinished, vi } from "vitest";

export interface StatementLog {
  /** Does the work and answers what ran meanwhile, in the order in which it was asked for. */
  of(work: () => Promise<unknown>): Promise<string[]>;
}

/** Watches the drivers of this process until the test is finished. */
export async function watchStatements(database: Database): Promise<StatementLog> {
  let seen: string[] = [];
  const see = (text: string, rows: number) => void seen.push(`${text.replace(/\s+/g, " ").trim()} → ${rows}`);
  if (database.dialect === "sqlite") await watchSqlite(database, see);
  else watchPostgres(see);
  onTestFinished(() => void vi.restoreAllMocks());
  return {
    async of(work) {
      seen = [];
      await work();
      return seen;
    },
  };
}

async function watchSqlite(database: Database, see: (text: string, rows: number) => void): Promise<void> {
  const prototype = await database.transaction(async ({ connection }) => {
    if (connection.dialect !== "sqlite") throw new Error("This is no SQLite database.");
    const statement = connection.sqlite.prepare<unknown[]>("select 1");
    // What all statements share is of the type of each.
    return Object.getPrototypeOf(statement) as typeof statement;
  });
  const { run, all, get } = prototype;
  vi.spyOn(prototype, "run").mockImplementation(function (this: typeof prototype, ...values: unknown[]) {
    const result = run.apply(this, values);
    see(this.source, result.changes);
    return result;
  });
  vi.spyOn(prototype, "all").mockImplementation(function (this: typeof prototype, ...values: unknown[]) {
    const rows = all.apply(this, values);
    see(this.source, rows.length);
    return rows;
  });
  vi.spyOn(prototype, "get").mockImplementation(function (this: typeof prototype, ...values: unknown[]) {
    const row = get.apply(this, values);
    see(this.source, row === undefined ? 0 : 1);
    return row;
  });
}

function watchPostgres(see: (text: string, rows: number) => void): void {
  const query = pg.Client.prototype.query as (...given: unknown[]) => unknown;
  vi.spyOn(pg.Client.prototype, "query").mockImplementation(function (this: pg.Client, ...given: unknown[]) {
    const [first] = given;
    const text = typeof first === "string" ? first : (first as { text: string }).text;
    const note = (result: unknown) => see(text, (result as pg.QueryResult | undefined)?.rowCount ?? 0);
    const last = given.at(-1);
    if (typeof last !== "function") {
      const result = query.apply(this, given) as Promise<unknown>;
      return result.then((value) => {
        note(value);
        return value;
      });
    }
    // The pool asks with a callback.
    return query.apply(this, [
      ...given.slice(0, -1),
      (error: unknown, result: unknown) => {
        note(result);
        last(error, result);
      },
    ]);
  } as typeof pg.Client.prototype.query);
}
