/**
 * One look for all that is asked in one turn of the event loop: a round trip for each costs more than the rest on
 * PostgreSQL, and beginning to read for each costs as much as reading on SQLite.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Lookup } from "./database.ts";

/** @param read values of keys, each of which is there once @param check throws where nothing may be asked */
export function gathered(read: (keys: string[]) => Promise<Map<string, string>>, check: () => void): Lookup {
  // A statement for many runs in nobody's context: it is no part of the first one's trace.
  const outside = AsyncLocalStorage.snapshot();
  let next: { readonly keys: Set<string>; readonly values: Promise<Map<string, string>> } | undefined;

  function open() {
    const keys = new Set<string>();
    const values = outside(async () => {
      await endOfTurn();
      next = undefined;
      return read([...keys]);
    });
    return { keys, values };
  }

  return async (key) => {
    check();
    next ??= open();
    next.keys.add(key);
    return (await next.values).get(key) ?? null;
  };
}

const endOfTurn = () => new Promise((resolve) => setImmediate(resolve));
