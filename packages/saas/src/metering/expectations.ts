/**
 * What this process expects balances to be, since it was the last to write them: then a batch need not read and lock them
 * before it inserts its events, which is most of its time. Never trusted: a batch writes only where the ledger's next entry
 * is the expected one, and else is rolled back and counted once more by reading first.
 */
import { LRUCache } from "lru-cache";
import type { Balance } from "./batch.ts";

/** About 200 bytes each. */
const capacity = 20_000;
/** How often a balance has to be found as expected before it is expected again, where another instance writes it too. */
const penance = 16;

interface Expected {
  used: number;
  entries: number;
  hour: number | null;
  hourQuantity: number;
  /** 0 is trusted. */
  doubts: number;
}

export interface Expectations {
  /** Puts the expected state into balances; false, and nothing, if one is unknown, doubted or of another hour. */
  fill(balances: readonly Balance[], hour: number): boolean;
  /** Balances were read: whether they are as expected is remembered. */
  compare(balances: readonly Balance[]): void;
  /** What balances will be once this process's batches under way are committed. */
  expect(balances: readonly Balance[]): void;
  /** Balances are about to be written by something that is not foreseen, or were not as expected. */
  forget(balances: readonly Balance[]): void;
  doubt(balances: readonly Balance[]): void;
}

export function createExpectations(): Expectations {
  const known = new LRUCache<string, Expected>({ max: capacity });
  const keyOf = ({ scope }: Balance) => scope.counterKey.toString("latin1");
  return {
    fill(balances, hour) {
      const states: Expected[] = [];
      for (const balance of balances) {
        const state = known.get(keyOf(balance));
        if (state === undefined || state.doubts > 0 || state.hour !== hour || state.entries < 0) return false;
        states.push(state);
      }
      for (const [index, balance] of balances.entries()) {
        const { used, entries, hourQuantity } = states[index] as Expected;
        Object.assign(balance, { before: used, used, entries, hour, hourQuantity });
      }
      return true;
    },
    compare(balances) {
      for (const balance of balances) {
        const state = known.get(keyOf(balance));
        if (state === undefined || state.entries < 0) continue;
        if (state.entries === balance.entries) state.doubts = Math.max(state.doubts - 1, 0);
        else state.doubts = penance;
      }
    },
    expect(balances) {
      for (const balance of balances) {
        const key = keyOf(balance);
        const { used, entries, hour, hourQuantity } = balance;
        known.set(key, { used, entries, hour, hourQuantity, doubts: known.get(key)?.doubts ?? 0 });
      }
    },
    forget(balances) {
      for (const balance of balances) {
        const state = known.get(keyOf(balance));
        if (state) state.entries = -1;
      }
    },
    doubt(balances) {
      for (const balance of balances) {
        const state = known.get(keyOf(balance));
        if (state) Object.assign(state, { entries: -1, doubts: penance });
      }
    },
  };
}
