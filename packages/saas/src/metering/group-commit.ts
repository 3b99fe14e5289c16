/**
 * Group commit: what arrives while a commit is under way is gathered into the next one. A durable commit costs a disk's
 * flush however many rows it holds, so one for each call would be limited by the disk, and one for many is not.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { setImmediate as nextTurn } from "node:timers/promises";
import { isRevopsError, type Logger, secondMs } from "@revops/core";
import {
  type Database,
  type PostgresClient,
  repeated,
  type Tx,
  type WriterThread,
  wasRolledBackForOthers,
} from "@revops/database";
import { saasErrors } from "../errors.ts";
import { isBatchConflict } from "./conflict.ts";

/** More in one transaction gains nothing (a flush is shared by a thousand already) and holds others up longer. */
const maxBatch = 1_024;
/** Longer than the database itself waits for a lock, so that its own error comes first. */
const defaultPatienceMs = 15 * secondMs;
/**
 * Transactions under way at once. PostgreSQL works on one while this process prepares and answers the other; SQLite has
 * one writer.
 */
const lanesOf = { sqlite: 1, postgres: 2 };
/**
 * Callers answered in one turn of the event loop where there is another lane: its commit, for which a balance's row is held,
 * would wait until all of them had asked again.
 */
const portion = 32;
/** Fewer than this are not sent to another thread, which takes as long as a flush; it is started for a crowd only. */
const worthAThread = 8;
/** Fewer than this are not divided between lanes. */
const worthDividing = 64;
/**
 * Where there are more callers than that, a lane waits for as many while another one commits: a statement costs PostgreSQL half a
 * millisecond whatever is in it. But no longer than a commit takes: the other may be held up by a lock that nobody here has a part in.
 */
const gatheringMs = 5;

/**
 * Hands one item in and resolves once the transaction that holds it is durable.
 * @throws `handle_outside_transaction` inside an open transaction of the same database
 */
export type GroupCommit<Item, Result> = (item: Item) => Promise<Result>;

export interface GroupCommitOptions<Item, Result> {
  readonly database: Database;
  readonly logger: Logger;
  /** How long a transaction may take to begin; 15 seconds if left out. */
  readonly patienceMs?: number;
  /**
   * Writes a batch, in order of arrival; an `Error` among the results is that one caller's alone. What was rolled back for
   * others is written once more.
   */
  readonly write: (tx: Tx, items: readonly Item[]) => Promise<(Result | Error)[]>;
  /**
   * Is asked first: writes a batch by one statement of PostgreSQL, which is a transaction of its own, or in a thread on SQLite.
   * Null, with nothing written, for a batch that takes more than that.
   */
  readonly writeAlone?: (
    by: PostgresClient | WriterThread,
    items: readonly Item[],
  ) => Promise<(Result | Error)[] | null>;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

export function createGroupCommit<Item, Result>(options: GroupCommitOptions<Item, Result>): GroupCommit<Item, Result> {
  const { database, logger, write, writeAlone, patienceMs = defaultPatienceMs } = options;
  const outside = AsyncLocalStorage.snapshot();
  const waiting: Waiting<Item, Result>[] = [];
  const lanes = lanesOf[database.dialect];
  let lanesUsed = 0;
  /** Whether a lane is about to take what waits: one at a time, so that batches keep the order of arrival. */
  let gathering = false;
  /** How many callers the lanes are committing for. */
  let underWay = 0;
  /** Lets a lane go that waits for more. */
  let enough = (): void => {};

  function wake(): void {
    if (waiting.length >= worthDividing) enough();
    if (waiting.length > 0 && !gathering && lanesUsed < lanes) void useLane();
  }

  /** Commits batch after batch until nobody waits. Runs in the context of the caller that woke it. */
  async function useLane(): Promise<void> {
    lanesUsed += 1;
    let answer: (() => Promise<void>) | undefined;
    while (waiting.length > 0 && !gathering) {
      gathering = true;
      await gathered();
      const committing = committed();
      // Those of the batch before, while this one is being written.
      await answer?.();
      answer = await committing;
      if (lanes === 1 && waiting.length >= worthAThread) continue;
      await answer();
      answer = undefined;
    }
    await answer?.();
    lanesUsed -= 1;
    // For who came while the last one was answered, after the look whether anybody waits.
    wake();
  }

  /** Lets every call of this turn of the event loop arrive first, or a flush would be spent on each; of a crowd also the next ones. */
  async function gathered(): Promise<void> {
    await nextTurn();
    if (waiting.length >= worthDividing || underWay + waiting.length <= worthDividing) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    enough = resolve;
    const impatience = setTimeout(resolve, gatheringMs);
    await promise;
    clearTimeout(impatience);
  }

  /** Commits a batch, and gives what answers its callers. */
  async function committed(): Promise<() => Promise<void>> {
    const batch: Waiting<Item, Result>[] = [];
    try {
      const results = await commit(batch);
      return async () => {
        for (const [index, { resolve, reject }] of batch.entries()) {
          const result = results[index];
          if (result instanceof Error || result === undefined) reject(result);
          else resolve(result);
          if (lanes > 1 && (index + 1) % portion === 0) await nextTurn();
        }
      };
    } catch (error) {
      if (batch.length === 0) batch.push(...waiting.splice(0, maxBatch));
      logger.error({ err: error, events: batch.length }, "usage could not be stored");
      return async () => {
        for (const { reject } of batch) reject(codedError(error));
      };
    }
  }

  async function commit(batch: Waiting<Item, Result>[]): Promise<(Result | Error)[]> {
    try {
      return (
        (await commitAlone(batch)) ??
        (await repeated(
          () => begun(batch, (work) => database.transaction(work), write),
          (error) => isBatchConflict(error) || wasRolledBackForOthers(error),
        ))
      );
    } finally {
      underWay -= batch.length;
      enough();
      if (batch.length === 0) gathering = false;
    }
  }

  async function commitAlone(batch: Waiting<Item, Result>[]): Promise<(Result | Error)[] | null> {
    if (!writeAlone) return null;
    const { autocommit, thread } = database;
    if (autocommit) return begun(batch, autocommit, writeAlone);
    if (!thread || waiting.length < worthAThread || !thread.isFree()) return null;
    return begun(batch, (work) => work(thread), writeAlone);
  }

  /** Takes the batch only once it has a connection: whoever arrives while it waits for its turn still comes along. */
  async function begun<Handle, Written>(
    batch: Waiting<Item, Result>[],
    begin: (work: (handle: Handle) => Promise<Written | []>) => Promise<Written | []>,
    writing: (handle: Handle, items: readonly Item[]) => Promise<Written>,
  ): Promise<Written | []> {
    const impatience = setTimeout(() => giveUp(batch), patienceMs);
    try {
      return await begin(async (handle) => {
        clearTimeout(impatience);
        if (batch.length === 0) {
          batch.push(...take());
          underWay += batch.length;
        }
        const items = batch.map(({ item }) => item);
        return items.length === 0 ? [] : writing(handle, items);
      });
    } finally {
      clearTimeout(impatience);
    }
  }

  function take(): Waiting<Item, Result>[] {
    const free = lanes - lanesUsed + 1;
    const share = Math.max(Math.ceil(waiting.length / free), worthDividing);
    const taken = waiting.splice(0, Math.min(share, maxBatch));
    gathering = false;
    // Called inside this lane's transaction, which the next lane has no part in.
    outside(wake);
    return taken;
  }

  /** A transaction that waits for a count made by somebody outside of it waits for itself: it must not wait for ever. */
  function giveUp(batch: Waiting<Item, Result>[]): void {
    const error = saasErrors.usage_not_stored({
      detail: "The database let no transaction begin in time. Inside a transaction, hand `tx` on.",
    });
    const taken = batch.splice(0);
    underWay -= taken.length;
    for (const { reject } of [...taken, ...waiting.splice(0)]) reject(error);
  }

  return (item) =>
    new Promise<Result>((resolve, reject) => {
      // Another caller's lane would take it along, past the caller's transaction or waiting for it.
      database.assertOutside();
      waiting.push({ item, resolve, reject });
      wake();
    });
}

/** Every caller gets a code to program against. What broke off in the middle of a commit may have been stored. */
function codedError(error: unknown): unknown {
  if (isRevopsError(error)) return error;
  return saasErrors.usage_not_stored({
    detail: "It is not known whether the usage was stored. Repeat it with the same id: an id counts once.",
    cause: error,
  });
}
