/**
 * Work that goes on after a request was answered: letters, and what must take no time that a client could measure. With
 * a queue it is a job in the caller's transaction, and survives a crash; without one it lives in this process.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { JsonObject, Logger } from "@revops/core";
import type { Tx } from "@revops/database";

/** A durable queue; `createJobs` of `@revops/jobs` is one. */
export interface JobsPort {
  handle<Payload>(
    name: string,
    handler: (payload: Payload, context: { complete(tx: Tx): Promise<void> }) => Promise<void>,
  ): void;
  enqueue(job: { readonly name: string; readonly payload: JsonObject }, tx?: Tx): Promise<unknown>;
}

/** Does it later: after the transaction commits, if one is given. */
export type Later<Payload> = (payload: Payload, tx?: Tx) => Promise<void>;

export interface Background {
  /**
   * Declares work. What throws is tried again: by the queue for about an hour, here twice.
   * @param work gets `complete`, which takes the job away in a transaction of the work's own, so that it is done once
   */
  task<Payload extends JsonObject>(
    name: string,
    work: (payload: Payload, complete: (tx: Tx) => Promise<void>) => Promise<void>,
  ): Later<Payload>;
  /** Waits for what is under way here, which is not tried again after. */
  stop(): Promise<void>;
}

/** Between the tries without a queue. */
const pausesMs = [1_000, 10_000];

export function createBackground({ jobs, logger }: { jobs: JobsPort | undefined; logger: Logger }): Background {
  const underWay = new Set<Promise<void>>();
  const stopping = new AbortController();

  async function persist(work: () => Promise<void>): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        return await work();
      } catch (error) {
        const pause = pausesMs[tries - 1];
        if (pause === undefined || stopping.signal.aborted) throw error;
        await sleep(pause, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
      }
    }
  }

  function begin(name: string, work: () => Promise<void>): void {
    // The answer is written first: work that begins at once would be in its time.
    const done = new Promise((resume) => setImmediate(resume))
      .then(() => persist(work))
      .catch((err: unknown) => logger.error({ err, task: name }, "work in the background failed and is lost"))
      .finally(() => underWay.delete(done));
    underWay.add(done);
  }

  return {
    task(name, work) {
      if (jobs) {
        jobs.handle<Parameters<typeof work>[0]>(name, (payload, { complete }) => work(payload, complete));
        return async (payload, tx) => void (await jobs.enqueue({ name, payload }, tx));
      }
      return async (payload, tx) => {
        const start = () => begin(name, () => work(payload, async () => undefined));
        if (tx) tx.afterCommit(start);
        else start();
      };
    },
    async stop() {
      stopping.abort();
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}
