/** PostgreSQL through `pg`. */
import { isRevopsError, type Logger, silentLogger } from "@revops/core";
import { type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import { PgDialect } from "drizzle-orm/pg-core";
import pg from "pg";
import { storableParameters } from "../columns/storable.ts";
import { createCompile } from "../compiled.ts";
import type { PostgresClient } from "../connection.ts";
import type { Database, Handle, Queries, Tx } from "../database.ts";
import { databaseErrors } from "../errors.ts";
import { gathered } from "../gathered.ts";
import { createHints } from "../hints.ts";
import { createTransactionScope } from "../transaction-scope.ts";

/** How the pool is made. */
export interface PostgresOptions {
  /** Connections at most; 10 unless said otherwise. */
  readonly maxConnections?: number | undefined;
  readonly logger?: Logger | undefined;
}

const compile = createCompile(new PgDialect({ casing: "snake_case" }));
const connectTimeoutMs = 5_000;
/** A statement costs the server and this process some 0.4 ms together before it reads anything. */
const lookPauseMs = 1;

/** Opens a pool of connections to `postgres://…`. Connects at the first use; {@link Database.ping} tells whether it can. */
export function openPostgres(
  url: string,
  { maxConnections = 10, logger = silentLogger }: PostgresOptions = {},
): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: maxConnections,
    connectionTimeoutMillis: connectTimeoutMs,
    // A server that vanished without a word is noticed by the operating system, not waited for.
    keepAlive: true,
  });
  // Without a listener, an idle connection that breaks (the server restarts) ends the process.
  pool.on("error", (error) => logger.warn({ err: error }, "an idle database connection broke"));
  // So does one that breaks while the pool lets it go: the pool has taken its own listener off by then.
  pool.on("connect", (client) => client.on("error", () => undefined));
  const database = overPool(pool);
  let closed: Promise<void> | undefined;
  return {
    ...database,
    async close() {
      database.assertOutside();
      // `pg` refuses to end a pool twice.
      closed ??= pool.end();
      await closed;
    },
  };
}

/** Uses a pool that the caller made; closing it stays the caller's, and so does listening to its `error` event. */
export function overPool(pool: pg.Pool): Database {
  const scope = createTransactionScope();
  const root: PostgresClient = guarded(pool, () => scope.assertOutside());

  /** Lends a connection. One that breaks meanwhile does not come back into the pool; `lost` tells what broke it. */
  async function lend<T>(work: (client: pg.PoolClient, lost: { error?: Error }) => Promise<T>): Promise<T> {
    const client = await pool.connect().catch((error: unknown) => {
      throw databaseErrors.database_unavailable({ detail: "PostgreSQL does not accept connections.", cause: error });
    });
    const lost: { error?: Error } = {};
    const note = (error: Error) => {
      lost.error = error;
    };
    client.on("error", note);
    try {
      return await work(client, lost);
    } finally {
      client.off("error", note);
      client.release(lost.error);
    }
  }

  return {
    ...handle(root),
    assertOutside: scope.assertOutside,
    async transaction(work, tx) {
      if (tx) return work(tx);
      scope.assertOutside();
      return lend(async (client, lost) => {
        const hints = createHints();
        const transaction = enlist(client, hints.add);
        let committing = false;
        try {
          await client.query("begin");
          const result = await scope.run(() => work(transaction.tx));
          // From here on: a statement that `work` left running would follow the commit on this connection, outside of it.
          transaction.end();
          committing = true;
          await commit(client);
          hints.run();
          return result;
        } catch (error) {
          transaction.end();
          // The connection may be what failed; the server then rolls back by itself.
          await client.query("rollback").catch((failed: Error) => {
            lost.error = failed;
          });
          throw lost.error && !isRevopsError(error) ? connectionLost(error, committing) : error;
        }
      });
    },
    async autocommit(work) {
      scope.assertOutside();
      return lend(async (client, lost) => {
        try {
          return await work(client);
        } catch (error) {
          throw lost.error && !isRevopsError(error) ? connectionLost(error, true) : error;
        }
      });
    },
    lookup(name, query) {
      const isAsked: Parameters<typeof query>[0] = (column) => sql`${column} = any(${sql.placeholder("keys")}::text[])`;
      const text = compile(query(isAsked)).sql;
      return gathered(
        async (keys) => {
          const { rows } = await pool.query<[string, string]>({ name, text, values: [keys], rowMode: "array" });
          return new Map(rows);
        },
        scope.assertOutside,
        lookPauseMs,
      );
    },
    async ping() {
      await pool.query("select 1").catch((error: unknown) => {
        throw databaseErrors.database_unavailable({ detail: "PostgreSQL does not answer.", cause: error });
      });
    },
    close: async () => undefined,
  };
}

/** PostgreSQL answers COMMIT with ROLLBACK, and no error, when a statement failed whose error nobody passed on. */
async function commit(client: PostgresClient): Promise<void> {
  const { command } = await client.query("commit");
  if (command === "COMMIT") return;
  throw databaseErrors.transaction_aborted({
    detail:
      "An error of a statement was caught inside the transaction. Use onConflictDoNothing() where one is expected.",
  });
}

function connectionLost(cause: unknown, committing: boolean) {
  return databaseErrors.database_unavailable({
    detail: committing
      ? "The connection broke during the commit: it is not known whether the transaction was stored."
      : "The connection broke inside the transaction, nothing of which was stored.",
    cause,
  });
}

/**
 * Makes a transaction that the caller opened on a client of its own usable as a {@link Tx}, so that its rows and ours
 * commit together. The caller commits or rolls back; hints of {@link Tx.afterCommit} are dropped, as they may be.
 *
 * @example
 * await client.query("begin");
 * await quotas.consume(usage, enlistPostgres(client));
 * await client.query("commit");
 */
export function enlistPostgres(client: PostgresClient): Tx {
  return enlist(client, () => undefined).tx;
}

function enlist(client: PostgresClient, afterCommit: Tx["afterCommit"]): { tx: Tx; end: () => void } {
  let ended = false;
  const usable = guarded(client, () => {
    if (ended) throw databaseErrors.handle_outside_transaction({ detail: "This transaction has ended." });
  });
  return {
    tx: { ...handle(usable), connection: { dialect: "postgres", postgres: usable }, afterCommit },
    end: () => {
      ended = true;
    },
  };
}

/** The same client with a check in front of each query. */
function guarded(client: PostgresClient, check: () => void): PostgresClient {
  return {
    query: new Proxy(client.query, {
      apply(query, _self, parameters) {
        check();
        return Reflect.apply(query, client, parameters);
      },
    }),
  };
}

function handle(client: PostgresClient): Handle {
  // Drizzle's session only calls `query`, and SQLite is the type authority of both dialects' builders (design §3).
  const db = drizzle({ client: client as pg.PoolClient, casing: "snake_case" }) as unknown as Queries;
  return {
    dialect: "postgres",
    db,
    async rows<Row extends object>(query: SQL, values?: Readonly<Record<string, unknown>>) {
      const compiled = compile(query, values);
      const result = await client.query<Row>(compiled.sql, storableParameters(compiled.params));
      return result.rows;
    },
  };
}
