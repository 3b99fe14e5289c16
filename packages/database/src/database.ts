/** One handle over SQLite and PostgreSQL. */
import type { SQL, SQLWrapper } from "drizzle-orm";
import type { SqliteRemoteDatabase } from "drizzle-orm/sqlite-proxy";
import type { Connection, PostgresClient } from "./connection.ts";

/** The databases there are. */
export type Dialect = "sqlite" | "postgres";

/**
 * The query builder, typed by its SQLite form (design: SQLite is the type authority). Only what both dialects share
 * is here: build a query and await it, or `prepare` it through {@link prepared}; `.get()`, `.all()` and `.run()` exist
 * on SQLite alone and fail the tests on PostgreSQL.
 */
export type Queries = Pick<
  SqliteRemoteDatabase<Record<string, never>>,
  "select" | "selectDistinct" | "insert" | "update" | "delete" | "$count" | "with" | "$with"
>;

/** Where queries are run: the database itself, or a transaction of it. */
export interface Handle {
  readonly dialect: Dialect;
  /** Builds queries. */
  readonly db: Queries;
  /**
   * Runs hand-written SQL and gives its rows as objects by column name. `Date` and `boolean` parameters fit both dialects.
   * A query with `sql.placeholder`s that is made once and given with `values` is compiled once.
   */
  rows<Row extends object>(query: SQL, values?: Readonly<Record<string, unknown>>): Promise<Row[]>;
}

/** An open transaction. It ends with the function it was given to; using it later throws. */
export interface Tx extends Handle {
  readonly connection: Connection;
  /**
   * Runs after the commit, never after a rollback. For hints only (waking a worker, dropping a cached entry): a crash
   * between commit and hint loses the hint.
   */
  afterCommit(hint: () => void): void;
}

/** Reads a row by the value of its one placeholder. */
export type PointReader = (value: unknown) => readonly unknown[] | null | undefined;

/** Reads the text of a key; null when there is none. */
export type Lookup = (key: string) => Promise<string | null>;

/** Writes the query of a {@link Lookup}; `isAsked(column)` is its condition on the key. */
export type LookupQuery = (isAsked: (column: SQLWrapper) => SQL) => SQL;

/**
 * What a parameter of a statement is, each time that it is run: the same, one of a list, a piece of bytes, or what an earlier step
 * returned. Of the last two, `places` tells which each time takes (from 0); where it is left out, they are taken in turn.
 */
export type WriteParameter =
  | WriteValue
  | readonly WriteValue[]
  | {
      /** Pieces of one length, one after the other. */
      readonly bytes: Uint8Array;
      readonly length: number;
      readonly places?: readonly number[] | undefined;
    }
  | {
      /** The place of the step, and that of the column that it returns. */
      readonly step: number;
      readonly column: number;
      readonly places?: readonly number[] | undefined;
    };
type WriteValue = string | number | null;

/**
 * A statement of SQLite, how often it is to be run, and its parameters. They are given by the parameter and not by the time: a thread
 * is sent few things, for which it takes much less time than for many.
 */
export interface WriteStep {
  readonly sql: string;
  readonly times: number;
  readonly parameters: readonly WriteParameter[];
}

/** Other ways to write than {@link Database.transaction}, which leave the event loop free. */
export interface WriterThread {
  /** Whether it has started, for which the first call asks. Until then, and where it cannot, nothing may be asked of it. */
  isUp(): boolean;
  /**
   * Whether what is written in this turn of the event loop is written at once. Not while a transaction is under way, which may
   * be waiting for the answer, and not before the thread has started, for which the first call asks.
   */
  isFree(): boolean;
  /**
   * Writes steps in one transaction. Each of them has to change something each time: where one does not, nothing of all is stored,
   * and the answer is null; else it is durable, and the answer is the rows that the steps give (`returning`).
   * @throws `handle_outside_transaction` inside a transaction, `database_busy`, and what the driver throws
   */
  write(steps: readonly WriteStep[]): Promise<readonly unknown[][] | null>;
  /**
   * {@link Database.transaction} whose statements the thread runs, and whose commit it waits for. Each statement is a message
   * there and back, which takes longer than most of them: for work that can wait, not for a single request's. Its
   * {@link Tx.connection} throws, since the connection is the thread's.
   * @throws as {@link Database.transaction}; the driver's errors with their `code`
   */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
}

/** A database. */
export interface Database extends Handle {
  /**
   * Runs `work` in a transaction: commits when it resolves, rolls back when it rejects.
   *
   * SQLite takes the write lock at once (`BEGIN IMMEDIATE`) and lets one transaction in at a time, so `work` must not
   * wait for anything slow such as the network. Given `tx`, it joins that transaction instead of opening one, which is
   * how every use case lets a caller's row and its own commit together.
   *
   * @throws `handle_outside_transaction` when called inside a transaction of the same database without handing it on
   *   (it would wait for itself); `database_busy` when another process keeps SQLite's write lock for over ten seconds;
   *   `database_unavailable` when PostgreSQL goes away, whose detail says whether the commit is in doubt;
   *   `transaction_aborted` when `work` swallowed the error of a statement, after which PostgreSQL stores nothing
   * @example await database.transaction(async (tx) => { await tx.db.insert(orders).values(order); await quotas.consume(usage, tx); });
   */
  transaction<T>(work: (tx: Tx) => Promise<T>, tx?: Tx): Promise<T>;
  /**
   * Lends a connection of PostgreSQL whose statements are transactions of their own: one that does all or nothing by itself is
   * durable after one round trip, and what it locks is held for no longer than the server needs. SQLite, which makes no round
   * trips, has none.
   * @throws `handle_outside_transaction` inside a transaction, `database_unavailable`, and what the driver throws
   */
  readonly autocommit?: (<T>(work: (client: PostgresClient) => Promise<T>) => Promise<T>) | undefined;
  /**
   * Makes sure that the caller is not inside an open transaction of this database. For work that is queued now and
   * committed later by somebody else: called inside without `tx`, it would escape the caller's transaction or wait for
   * it for ever. A transaction on a client of the caller's own ({@link enlistPostgres}) is not seen.
   * @throws `handle_outside_transaction`
   */
  assertOutside(): void;
  /**
   * Compiles a query with one placeholder, for at most one row, to be read at once: for what stands on every request's path,
   * where a promise or two cost as much as the query. SQLite files only; elsewhere there is none, and {@link Handle.rows}
   * is the way. The row comes as an array of the driver's values; null when there is none, undefined while another process
   * keeps the file busy. Like everything of the root it throws `handle_outside_transaction` inside a transaction.
   */
  readonly pointReader?: ((query: SQL) => PointReader) | undefined;
  /** Writes in a thread, so that the event loop neither writes pages nor waits for the disk. Files of SQLite only. */
  readonly thread?: WriterThread | undefined;
  /**
   * Compiles a query that stands on every request's path, for two columns: a key, and a text that there is one of at most.
   * What is asked in one turn of the event loop, or while the look before is under way, is read together: in one statement on
   * PostgreSQL and in one transaction on SQLite, which begins after it was asked. Like everything of the root it throws `handle_outside_transaction` inside a transaction.
   * @param name unique in the product, with the package's prefix: PostgreSQL keeps the server-side plan under it
   * @example
   * const nameOf = database.lookup("auth_name", (isAsked) => sql`select id, name from auth_users where ${isAsked(sql`id`)}`);
   * await nameOf("usr_1");
   */
  lookup(name: string, query: LookupQuery): Lookup;
  /**
   * Moves SQLite's log into the file and empties it: what was deleted is overwritten in the file, but its old pages stand in the
   * log beside it until others take their place. For after an erasure; done in the thread, while other writes wait. Files of
   * SQLite only.
   * @throws `database_busy` when somebody is reading or writing there: try again later; `handle_outside_transaction` inside a
   *   transaction, which it would wait for
   */
  readonly emptyLog?: (() => Promise<void>) | undefined;
  /** Resolves when the database answers. @throws `database_unavailable` */
  ping(): Promise<void>;
  /**
   * Waits for what is under way, then closes the connections that this handle opened. Closing again does nothing.
   * @throws `handle_outside_transaction` inside a transaction, which it would wait for
   */
  close(): Promise<void>;
}
