/** Refusals that happen where there is no transaction to write them in, gathered here and written in one go. */
import { type Logger, secondMs } from "@revops/core";
import type { Database } from "@revops/database";
import { LRUCache } from "lru-cache";
import { networkOf } from "../origins/network.ts";
import type { AuditLog, Happening } from "./audit.ts";

export interface Refusals {
  /** Notes a refusal, in memory: whoever shows a revoked key a thousand times a second costs no write for each. */
  note(refusal: Happening): void;
  start(): void;
  /** Writes what is left. */
  stop(): Promise<void>;
}

/** Kinds at most; older ones make room when someone fills it between two writes. */
const capacity = 10_000;
const writeEveryMs = 10 * secondMs;

export function createRefusals(options: {
  readonly database: Database;
  readonly audit: AuditLog;
  readonly logger: Logger;
}): Refusals {
  const { database, audit, logger } = options;
  const noted = new LRUCache<string, { readonly refusal: Happening; times: number }>({ max: capacity });
  let timer: NodeJS.Timeout | undefined;

  async function write(): Promise<void> {
    const all = [...noted.values()].reverse();
    noted.clear();
    if (all.length === 0) return;
    await database.transaction(async (tx) => {
      for (const { refusal, times } of all) await audit.gather(tx, refusal, times);
    });
  }

  const writeQuietly = () => write().catch((err: unknown) => logger.warn({ err }, "refusals cannot be written"));

  return {
    note(refusal) {
      const { action, userId, target = "", origin = {} } = refusal;
      const key = [userId, action, target, networkOf(origin.address ?? "")].join(" ");
      const known = noted.get(key);
      if (known) known.times++;
      else noted.set(key, { refusal, times: 1 });
    },
    start() {
      timer ??= setInterval(writeQuietly, writeEveryMs).unref();
    },
    async stop() {
      clearInterval(timer);
      timer = undefined;
      await writeQuietly();
    },
  };
}
