/** One statement for all that is asked in one turn of the event loop: a round trip for each would cost more than the rest. */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Lookup } from "../database.ts";

/** @param check throws where nothing may be asked @param read values of keys, each of which is there once */
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
