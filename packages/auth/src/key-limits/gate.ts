/**
 * Lets uses of limited keys through, exactly, over all instances, and durably: each is counted before it is answered.
 * Those that come while a transaction is under way share the next one, so that a busy instance pays one commit for many.
 */
import type { Database } from "@revops/database";
import { LRUCache } from "lru-cache";
import { authErrors } from "../errors.ts";
import type { Demand } from "./demand.ts";
import { shareOut } from "./shares.ts";
import type { Asked, KeyCounterStore } from "./store.ts";

export interface KeyGate {
  /** Counts a use. @throws `rate_limited`, `quota_exceeded`: then nothing of it is counted */
  pass(demands: readonly Demand[]): Promise<void>;
}

export interface KeyGateOptions {
  readonly database: Database;
  readonly store: KeyCounterStore;
}

interface Waiting {
  readonly demands: readonly Demand[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const maxBatch = 1_000;

export function createKeyGate({ database, store }: KeyGateOptions): KeyGate {
  // The period in which a counter was seen to be empty: nothing comes back before the next one.
  const emptyIn = new LRUCache<string, number>({ max: 10_000 });
  let waiting: Waiting[] = [];
  let running = false;

  async function count(batch: readonly Waiting[]): Promise<void> {
    const uses = batch.map(({ demands }) => demands);
    const asked = askedOf(uses.flat());
    const { refusals, granted } = await database.transaction(async (tx) => {
      const granted = await store.take(tx, asked);
      const { refusals, left } = shareOut(uses, granted);
      await store.giveBack(tx, left);
      return { refusals, granted };
    });
    for (const { counter, period } of asked) if (granted.get(counter) === 0) emptyIn.set(counter, period);
    for (const [n, { resolve, reject }] of batch.entries()) {
      const lacking = refusals[n];
      if (lacking) reject(refusalOf(lacking));
      else resolve();
    }
  }

  async function run(): Promise<void> {
    if (running) return;
    running = true;
    while (waiting.length > 0) {
      const batch = waiting.slice(0, maxBatch);
      waiting = waiting.slice(maxBatch);
      // Nobody is let in whose use could not be counted.
      await count(batch).catch((error: unknown) => {
        for (const { reject } of batch) reject(error);
      });
    }
    running = false;
  }

  return {
    pass(demands) {
      const empty = demands.find(({ counter, period }) => (emptyIn.get(counter) ?? -1) >= period);
      if (empty) return Promise.reject(refusalOf(empty));
      return new Promise((resolve, reject) => {
        waiting.push({ demands, resolve, reject });
        void run();
      });
    },
  };
}

/** All demands of a counter as one, in the youngest of their periods. */
function askedOf(demands: readonly Demand[]): Asked[] {
  const asked = new Map<string, Asked>();
  for (const { counter, units, limit, refill, period } of demands) {
    const known = asked.get(counter);
    const sum = { units: units + (known?.units ?? 0), period: Math.max(period, known?.period ?? 0) };
    asked.set(counter, { counter, most: limit, refill, ...sum });
  }
  return [...asked.values()];
}

function refusalOf({ kind, name, limit, resetsAt }: Demand): Error {
  if (kind === "rate") {
    return authErrors.rate_limited({
      detail: `The key's limit "${name}" is reached.`,
      fields: { limit, name, resetsAt },
    });
  }
  return authErrors.quota_exceeded({
    detail: "The key has been used as often as it may be.",
    fields: { feature: "api_key", limit, resetsAt },
  });
}
