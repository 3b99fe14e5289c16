/** The loop that takes jobs and runs them. It has no SQL: taking and finishing come in as functions. */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Logger } from "@revops/core";
import type { ClaimedJob } from "./store.ts";

export interface WorkerOptions {
  /** Takes up to `limit` due jobs. */
  readonly claim: (limit: number) => Promise<readonly ClaimedJob[]>;
  /** Runs one to its end, failure included; does not reject. */
  readonly run: (job: ClaimedJob) => Promise<void>;
  readonly concurrency: number;
  /** How often to look for jobs that nobody announced: another instance's, or ones whose time has come. */
  readonly pollMs: number;
  readonly logger: Logger;
}

export interface Worker {
  start(): void;
  /** Looks for jobs now instead of at the next poll. */
  wake(): void;
  /** Takes nothing new and waits for what runs. */
  stop(): Promise<void>;
  /** Runs what is due, and what that makes due, until there is nothing left; answers with how many jobs ran. */
  drain(): Promise<number>;
}

export function createWorker({ claim, run, concurrency, pollMs, logger }: WorkerOptions): Worker {
  /** The queue's own context: a job must not run inside the request or transaction of whoever woke the worker. */
  const outside = AsyncLocalStorage.snapshot();
  const running = new Set<Promise<void>>();
  let timer: NodeJS.Timeout | undefined;
  let filling: Promise<number> | undefined;
  let started = false;
  let again = false;

  /** Fills the free places; answers with how many jobs it took. */
  async function fill(): Promise<number> {
    let taken = 0;
    do {
      again = false;
      const free = concurrency - running.size;
      if (free <= 0) break;
      const jobs = await claim(free);
      for (const job of jobs) begin(job);
      taken += jobs.length;
      // A full catch means that there may be more.
      if (jobs.length === free) again = true;
    } while (again);
    return taken;
  }

  function begin(job: ClaimedJob): void {
    const work = run(job).finally(() => {
      running.delete(work);
      if (started) wake();
    });
    running.add(work);
  }

  /** One filling at a time; a wish that comes meanwhile makes it go round once more. */
  function fillOnce(): Promise<number> {
    again = true;
    filling ??= outside(fill).finally(() => {
      filling = undefined;
    });
    return filling;
  }

  function wake(): void {
    if (!started) return;
    fillOnce().catch((error: unknown) => logger.error({ err: error }, "the job queue could not be read"));
  }

  return {
    start() {
      if (started) return;
      started = true;
      timer = setInterval(wake, pollMs);
      wake();
    },
    wake,
    async stop() {
      started = false;
      clearInterval(timer);
      await filling?.catch(() => undefined);
      await Promise.all(running);
    },
    async drain() {
      let ran = 0;
      for (;;) {
        const taken = await fillOnce();
        ran += taken;
        if (taken === 0 && running.size === 0) return ran;
        if (running.size > 0) await Promise.race(running);
      }
    },
  };
}
