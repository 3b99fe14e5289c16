/**
 * One look for all that is asked while another is under way: a round trip for each costs more than the rest on PostgreSQL,
 * and beginning to read for each costs as much as reading on SQLite.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { Lookup } from "./database.ts";

/** Looks under way at once: the server works on one while this process answers the other. */
const most = 2;
/** A look for fewer is no crowd's. */
const crowd = 8;

interface Group {
  readonly keys: Set<string>;
  readonly values: PromiseWithResolvers<ReadonlyMap<string, string>>;
}

/**
 * @param read values of keys, each of which is there once
 * @param check throws where nothing may be asked
 * @param pauseMs how long a look waits for more when the one before was for a crowd: where each costs much, whatever is in it.
 *   0 waits for those of this turn of the event loop.
 */
export function gathered(
  read: (keys: string[]) => Promise<ReadonlyMap<string, string>>,
  check: () => void,
  pauseMs = 0,
): Lookup {
  // A look for many runs in nobody's context: it is no part of the first one's trace.
  const outside = AsyncLocalStorage.snapshot();
  let next: Group | undefined;
  let underWay = 0;
  let gathering = false;
  let lastSize = 0;

  async function look(): Promise<void> {
    underWay++;
    while (next && !gathering) {
      gathering = true;
      await (pauseMs > 0 && lastSize >= crowd ? sleep(pauseMs) : endOfTurn());
      gathering = false;
      const { keys, values } = next;
      lastSize = keys.size;
      next = undefined;
      await read([...keys]).then(values.resolve, values.reject);
    }
    underWay--;
  }

  return async (key) => {
    check();
    next ??= { keys: new Set(), values: Promise.withResolvers() };
    next.keys.add(key);
    const { values } = next;
    if (underWay < most && !gathering) void outside(look);
    return (await values.promise).get(key) ?? null;
  };
}

const endOfTurn = () => new Promise((resolve) => setImmediate(resolve));
