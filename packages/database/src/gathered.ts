/**
 * One look for all that is asked while another is under way: a round trip for each costs more than the rest on PostgreSQL,
 * and beginning to read for each costs as much as reading on SQLite.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { Lookup } from "./database.ts";

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
  /** One at a time: a second beside it would be for half as many, and costs the server as much as the first. */
  let looking = false;
  let lastSize = 0;

  async function look(): Promise<void> {
    looking = true;
    while (next) {
      await (pauseMs > 0 && lastSize >= crowd ? sleep(pauseMs) : endOfTurn());
      const { keys, values } = next;
      lastSize = keys.size;
      next = undefined;
      await read([...keys]).then(values.resolve, values.reject);
    }
    looking = false;
  }

  return async (key) => {
    check();
    next ??= { keys: new Set(), values: Promise.withResolvers() };
    next.keys.add(key);
    const { values } = next;
    if (!looking) void outside(look);
    return (await values.promise).get(key) ?? null;
  };
}

const endOfTurn = () => new Promise((resolve) => setImmediate(resolve));
