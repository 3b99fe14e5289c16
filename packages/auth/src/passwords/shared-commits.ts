/**
 * Lets log-ins of a crowd share a commit, which a thread makes. On SQLite a commit holds up whoever makes it until the disk has
 * it, and each log-in changes the same pages of the same indexes; while others wait to have their password hashed, waiting for
 * them costs nobody anything. On PostgreSQL a commit blocks nobody, and each log-in has its own.
 */
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import type { Database, Tx } from "@revops/database";

export interface SharedCommits {
  /**
   * Does the work in a transaction, with that of others, one after the other, while there is a crowd. It is done again, alone,
   * when the shared transaction fails, so it says by its result what may be expected to fail. There is no {@link Tx.connection}.
   */
  run<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
}

interface Waiting {
  /** Does the work and answers how to tell its result, once it is committed. */
  readonly begin: (tx: Tx) => Promise<() => void>;
  readonly fail: (error: unknown) => void;
}

/** Log-ins to a commit, and how long the first of them waits for the others: a crowd takes seconds anyway. */
const most = 16;
const longestMs = 250;
/**
 * Between two of them that hear of their commit: sixteen answers in a row, and what their clients do with them, would be what
 * everybody else waits for. All are told long before there are sixteen more.
 */
const tellEveryMs = 8;

/** @param isCrowded whether more will come in a moment */
export function createSharedCommits(database: Database, isCrowded: () => boolean): SharedCommits {
  if (database.dialect !== "sqlite") return { run: (work) => database.transaction(work) };
  const { thread } = database;
  let waiting: Waiting[] = [];
  let timer: NodeJS.Timeout | undefined;

  async function commit(together: readonly Waiting[]): Promise<void> {
    try {
      const by = thread?.isUp() && together.length > 1 ? thread : database;
      const tell = await by.transaction((tx) => inTurns(together, tx));
      for (const each of tell) {
        each();
        if (together.length > 1) await sleep(tellEveryMs);
      }
    } catch (error) {
      const [first, ...others] = together;
      if (others.length === 0) first?.fail(error);
      else for (const each of together) await commit([each]);
    }
  }

  /**
   * Each sees what the one before has written, as if it had its own transaction: guesses are counted by it. What SQLite does on
   * the event loop, it does at once: all of them in one go would be what nobody should wait for.
   */
  async function inTurns(together: readonly Waiting[], tx: Tx): Promise<(() => void)[]> {
    const begun: (() => void)[] = [];
    for (const { begin } of together) {
      begun.push(await begin(tx));
      if (together.length > 1) await nextTurn();
    }
    return begun;
  }

  function commitAll(): void {
    clearTimeout(timer);
    timer = undefined;
    const together = waiting;
    waiting = [];
    // It tells its callers of every failure.
    void commit(together);
  }

  return {
    run: (work) => {
      // Else it would be committed with the others, and not with the transaction that it was called in.
      database.assertOutside();
      return new Promise((resolve, fail) => {
        const begin = async (tx: Tx) => {
          const result = await work(tx);
          return () => resolve(result);
        };
        waiting.push({ begin, fail });
        const crowded = isCrowded();
        // The first of a crowd has the thread started.
        if (crowded) thread?.isUp();
        if (waiting.length >= most || !crowded) commitAll();
        else timer ??= setTimeout(commitAll, longestMs);
      });
    },
  };
}
