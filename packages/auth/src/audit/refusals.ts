/**
 * Refusals, gathered in memory and written to the audit log in one go, never on the path of the answer: a log-in that is
 * refused does the same work whether the address is somebody's or nobody's, and whoever shows a revoked key a thousand
 * times a second costs no write for each. A crash loses those of the last seconds; what limits guessing is not among them.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { type Clock, hourMs, type Logger, secondMs, sha256 } from "@revops/core";
import type { Database } from "@revops/database";
import { LRUCache } from "lru-cache";
import { networkOf } from "../origins/network.ts";
import { entryOf, type Happening } from "./happening.ts";
import type { AuditStore, GatheredEntry } from "./store.ts";

export interface Refusals {
  /**
   * Counts a refusal with those of the same kind, account, hour and place. Places share {@link placesAnHour} entries, so
   * that whoever tries from a million addresses fills nobody's log; `times` says how many there were.
   */
  note(refusal: Happening): void;
  /** Writes those of one account, for who looks at its log. */
  writeOf(userId: string): Promise<void>;
  start(): void;
  /** Writes what is left. */
  stop(): Promise<void>;
}

/** Entries of one kind about one account in an hour. */
const placesAnHour = 8;

/** Entries at most; older ones make room when someone fills it between two writes. */
const capacity = 10_000;
/** Refusals that may wait to be counted. */
const maxUncounted = 1_000;
const writeEveryMs = 10 * secondMs;
/** In one statement, which on SQLite holds up everything else in the process. */
const chunkSize = 50;

export function createRefusals(options: {
  readonly database: Database;
  readonly clock: Clock;
  readonly store: AuditStore;
  readonly logger: Logger;
}): Refusals {
  const { database, clock, store, logger } = options;
  const noted = new LRUCache<string, GatheredEntry>({ max: capacity });
  // Counted later: on the path of a known address, even what that takes would be time to measure.
  let uncounted: { readonly refusal: Happening; readonly at: Date }[] = [];
  let writing: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  /** Counts with what is noted under the same name. Where they differ, it is not said where from. */
  function add(entry: GatheredEntry): void {
    const known = noted.peek(entry.gathered);
    if (!known) {
      noted.set(entry.gathered, entry);
      return;
    }
    const { address, userAgent } = known;
    noted.set(entry.gathered, {
      ...known,
      times: known.times + entry.times,
      lastAt: new Date(Math.max(entry.lastAt.getTime(), known.lastAt.getTime())),
      address: address === entry.address ? address : null,
      userAgent: userAgent === entry.userAgent ? userAgent : null,
    });
  }

  function countAll(): void {
    for (const { refusal, at } of uncounted) {
      const { action, userId, target = "", origin = {} } = refusal;
      const hour = Math.floor(at.getTime() / hourMs);
      const gathered = [userId, action, target, hour, placeOf(origin.address)].join(" ");
      add({ ...entryOf(refusal, at), gathered, times: 1, lastAt: at });
    }
    uncounted = [];
  }

  async function write(entries: readonly GatheredEntry[]): Promise<void> {
    // In one order, so that two instances never wait for one another.
    const waiting = entries.toSorted((a, b) => (a.gathered < b.gathered ? -1 : 1));
    try {
      while (waiting.length > 0) {
        await database.transaction((tx) => store.gather(tx, waiting.slice(0, chunkSize)));
        waiting.splice(0, chunkSize);
        if (waiting.length > 0) await nextTurn();
      }
    } catch (err) {
      for (const entry of waiting) add(entry);
      logger.warn({ err }, "refusals cannot be written");
    }
  }

  /** Writes what the filter takes, after what is being written. */
  function writeThose(wanted: (entry: GatheredEntry) => boolean): Promise<void> {
    writing = writing.then(() => {
      countAll();
      const taken = [...noted.values()].filter(wanted);
      for (const { gathered } of taken) noted.delete(gathered);
      return taken.length > 0 ? write(taken) : undefined;
    });
    return writing;
  }

  return {
    note(refusal) {
      uncounted.push({ refusal, at: clock.now() });
      if (uncounted.length >= maxUncounted) countAll();
    },
    writeOf: (userId) => writeThose((entry) => entry.userId === userId),
    start() {
      timer ??= setInterval(() => void writeThose(() => true), writeEveryMs).unref();
    },
    async stop() {
      clearInterval(timer);
      timer = undefined;
      await writeThose(() => true);
    },
  };
}

/** One of {@link placesAnHour}, the same for the same network. */
function placeOf(address: string | undefined): number {
  return address === undefined ? 0 : sha256(networkOf(address)).charCodeAt(0) % placesAnHour;
}
