/**
 * What happens while the database cannot be asked. A feature whose `outage` is `allow` is admitted then, and what was admitted
 * is remembered in this process and counted, past any limit, once the database answers again.
 */
import { isRevopsError, type Logger, secondMs } from "@revops/core";
import { isOutage as isDatabaseOutage } from "@revops/database";
import type { CheckedEvent } from "../metering/batch.ts";

/** As many as a process admits on trust: with none of them counted yet, about 5 MB. */
const mostRemembered = 10_000;
const batchSize = 256;
const firstPauseMs = secondMs;
const longestPauseMs = 30 * secondMs;

export interface OutageOptions {
  readonly logger: Logger;
  /** Counts events whatever the limits say; those that were counted before count nothing. */
  readonly countAdmitted: (events: readonly CheckedEvent[]) => Promise<void>;
}

export interface Outage {
  /** Remembers an event to be counted later; whether there was room. */
  remember(event: CheckedEvent): boolean;
  /** Counts what was remembered; gives back how much is left. */
  catchUp(): Promise<number>;
}

export function createOutage({ logger, countAdmitted }: OutageOptions): Outage {
  const remembered: CheckedEvent[] = [];
  let waits = false;
  let pauseMs = firstPauseMs;
  let underWay: Promise<number> | undefined;

  async function countThem(): Promise<number> {
    while (remembered.length > 0) {
      const batch = remembered.slice(0, batchSize);
      await countAdmitted(batch);
      remembered.splice(0, batch.length);
    }
    pauseMs = firstPauseMs;
    return 0;
  }

  async function catchUp(): Promise<number> {
    underWay ??= countThem().finally(() => {
      underWay = undefined;
    });
    return underWay;
  }

  /** Tries again with growing pauses. Does not keep the process alive. */
  function tryLater(): void {
    if (waits) return;
    waits = true;
    setTimeout(async () => {
      waits = false;
      try {
        await catchUp();
      } catch (error) {
        logger.warn({ err: error, events: remembered.length }, "usage that was admitted waits for the database");
        pauseMs = Math.min(pauseMs * 2, longestPauseMs);
        tryLater();
      }
    }, pauseMs).unref();
  }

  return {
    remember(event) {
      if (remembered.length >= mostRemembered) return false;
      remembered.push(event);
      tryLater();
      return true;
    },
    catchUp,
  };
}

/** Whether the usage could not be stored, or the database not be asked, which says nothing about the question. */
export function isOutage(error: unknown): boolean {
  return isRevopsError(error, "usage_not_stored") || isDatabaseOutage(error);
}
