/** SQLite through better-sqlite3: one writer held across awaits, and a reader that never waits for it. */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type Sqlite from "better-sqlite3";
import { type SQL, sql } from "drizzle-orm";
import { SQLiteAsyncDialect } from "drizzle-orm/sqlite-core";
import { drizzle } from "drizzle-orm/sqlite-proxy";
import { storableParameters } from "../columns/storable.ts";
import { createCompile } from "../compiled.ts";
import type { Database, Handle, Tx } from "../database.ts";
import { databaseErrors } from "../errors.ts";
import { gathered } from "../gathered.ts";
import { createHints } from "../hints.ts";
import { createTransactionScope } from "../transaction-scope.ts";
import { isBusy, whenNotBusy } from "./busy.ts";
import { openConnection } from "./connection.ts";
import { createStatements, execute, type Shape, type Statements, toSqliteValue } from "./statements.ts";
import { createTurnstile } from "./turnstile.ts";
import { createWriter, type Writer } from "./writer.ts";

const compile = createCompile(new SQLiteAsyncDialect({ casing: "snake_case" }));

/** What begins, runs and ends a transaction. */
interface Conductor {
  begin(): Promise<unknown>;
  run: Run;
  commit(): Promise<void>;
  /** After a failure of any of the others: ends what has begun, if it has. */
  rollback(): Promise<void>;
  /** Its connection, for who asks for it. */
  lent(): Sqlite.Database;
}

/** Runs one statement on the connection that suits it and gives its rows, as arrays or as objects. */
type Run = (sql: string, parameters: unknown[], shape: Shape) => Promise<unknown[]>;

/**
 * Opens a SQLite file, or `:memory:`.
 * @throws `database_unavailable` when the file cannot be opened, or is no database
 */
export function openSqlite(path: string): Database {
  const inMemory = path === ":memory:";
  let writer: Sqlite.Database | undefined;
  let reader: Sqlite.Database;
  try {
    if (!inMemory) mkdirSync(dirname(path), { recursive: true });
    writer = openConnection(path);
    // A reader of its own sees the last commit, never the writer's open transaction. Memory belongs to one connection.
    reader = inMemory ? writer : openConnection(path, { readonly: true });
  } catch (error) {
    writer?.close();
    throw databaseErrors.database_unavailable({ detail: `SQLite cannot open ${path}.`, cause: error });
  }

  const connection = writer;
  const turnstile = createTurnstile();
  const thread = inMemory ? undefined : createWriter(path);
  const scope = createTransactionScope();
  const writerStatements = createStatements(connection);
  const readerStatements = inMemory ? writerStatements : createStatements(reader);

  const runInTransaction: Run = async (sql, parameters, shape) => execute(writerStatements, sql, parameters, shape);
  const runAlone: Run = async (sql, parameters, shape) => {
    scope.assertOutside();
    const readsOnly = !inMemory && readerStatements(sql, shape).readonly;
    if (readsOnly) return whenNotBusy(() => execute(readerStatements, sql, parameters, shape));
    return turnstile.run(() => whenNotBusy(() => execute(writerStatements, sql, parameters, shape)));
  };

  /** Begins, runs and ends a transaction on the event loop's connection. */
  const own: Conductor = {
    begin: () => whenNotBusy(() => writerStatements("begin immediate").run()),
    run: runInTransaction,
    commit: async () => void writerStatements("commit").run(),
    async rollback() {
      if (connection.inTransaction) writerStatements("rollback").run();
    },
    lent: () => connection,
  };

  async function transact<T>({ begin, run, commit, rollback, lent }: Conductor, work: (tx: Tx) => Promise<T>) {
    scope.assertOutside();
    return turnstile.run(async () => {
      await begin();
      const hints = createHints();
      let ended = false;
      const inside: Tx = {
        ...handle(async (...call) => {
          if (ended) throw databaseErrors.handle_outside_transaction({ detail: "This transaction has ended." });
          return run(...call);
        }),
        get connection(): Tx["connection"] {
          return { dialect: "sqlite", sqlite: lent() };
        },
        afterCommit: hints.add,
      };
      try {
        const result = await scope.run(() => work(inside));
        await commit();
        hints.run();
        return result;
      } catch (error) {
        await rollback();
        throw error;
      } finally {
        ended = true;
      }
    });
  }

  return {
    ...handle(runAlone),
    assertOutside: scope.assertOutside,
    async transaction(work, tx) {
      if (tx) return work(tx);
      return transact(own, work);
    },
    pointReader: inMemory
      ? undefined
      : (query) => {
          const statement = readerStatements(compile(query).sql, "arrays");
          return (value) => {
            scope.assertOutside();
            try {
              // The shape that the statement was made for.
              return (statement.get(toSqliteValue(value)) as unknown[] | undefined) ?? null;
            } catch (error) {
              if (isBusy(error)) return undefined;
              throw error;
            }
          };
        },
    lookup(_name, query) {
      const text = compile(query((column) => sql`${column} = ${sql.placeholder("key")}`)).sql;
      const find = (statements: Statements, keys: string[]) => {
        const statement = statements(text, "arrays");
        const found = new Map<string, string>();
        for (const key of keys) {
          // The shape that the statement was made for.
          const row = statement.get(key) as [string, string] | undefined;
          if (row) found.set(...row);
        }
        return found;
      };
      // Memory has one connection, on which a transaction may be open.
      if (inMemory)
        return gathered((keys) => turnstile.run(async () => find(writerStatements, keys)), scope.assertOutside);
      const findAll = reader.transaction((keys: string[]) => find(readerStatements, keys));
      return gathered((keys) => whenNotBusy(() => findAll(keys)), scope.assertOutside);
    },
    thread: thread && {
      isUp: thread.isUp,
      isFree: () => turnstile.isFree() && thread.isUp(),
      async write(steps) {
        scope.assertOutside();
        return turnstile.run(() => thread.write(steps));
      },
      transaction: (work) => transact(inThread(thread), work),
    },
    emptyLog:
      thread &&
      (async () => {
        scope.assertOutside();
        const run: Run = (await thread.started()) ? thread.run : runInTransaction;
        try {
          const [row] = await turnstile.run(() => run("pragma wal_checkpoint(truncate)", [], "arrays"));
          // Whether it was held up, how many pages the log had, and how many of them were moved.
          if ((row as [busy: number, pages: number, moved: number])[0] !== 0) throw databaseErrors.database_busy();
        } catch (cause) {
          throw isBusy(cause) ? databaseErrors.database_busy({ cause }) : cause;
        }
      }),
    async ping() {
      try {
        execute(readerStatements, "select 1", [], "arrays");
      } catch (error) {
        throw databaseErrors.database_unavailable({ detail: "SQLite does not answer.", cause: error });
      }
    },
    async close() {
      scope.assertOutside();
      await turnstile.idle();
      await thread?.close();
      reader.close();
      connection.close();
    },
  };
}

/** Conducts a transaction on the connection of the thread that writes. */
function inThread(thread: Writer): Conductor {
  const run = (sql: string) => thread.run(sql, [], "arrays");
  return {
    begin: () => run("begin immediate"),
    run: thread.run,
    commit: async () => void (await run("commit")),
    async rollback() {
      // A thread that has ended, which may be what failed, took its transaction along.
      if (thread.isUp()) await run("rollback").catch(() => undefined);
    },
    lent() {
      throw databaseErrors.handle_outside_transaction({ detail: "A thread's transaction has no connection to lend." });
    },
  };
}

function handle(run: Run): Handle {
  const db = drizzle(
    async (sql, parameters, method) => {
      const rows = await run(sql, parameters, "arrays");
      // Drizzle's proxy takes the one row itself for `get`, typed as an array all the same.
      return { rows: method === "get" ? (rows[0] as unknown[]) : rows };
    },
    // Drizzle reads the casing only from the third argument (0.45): with two it is silently ignored.
    undefined,
    { casing: "snake_case" },
  );
  return {
    dialect: "sqlite",
    db,
    async rows<Row extends object>(query: SQL, values?: Readonly<Record<string, unknown>>) {
      const compiled = compile(query, values);
      // The caller names the shape of the rows that its own SQL selects.
      return (await run(compiled.sql, storableParameters(compiled.params), "objects")) as Row[];
    },
  };
}
