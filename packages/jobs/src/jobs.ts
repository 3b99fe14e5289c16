/** A durable queue in the same database as the rest: a job is enqueued in the transaction that makes it necessary. */
import {
  type Clock,
  createId,
  isStorableText,
  type JsonObject,
  type Logger,
  type Page,
  randomToken,
  silentLogger,
  systemClock,
} from "@revops/core";
import type { Database, Tx } from "@revops/database";
import { backoffMs } from "./backoff.ts";
import { jobsErrors } from "./errors.ts";
import { keepLease } from "./lease.ts";
import { createSchedule } from "./schedule.ts";
import { type ClaimedJob, createJobsStore, type DeadJob, type DeadJobsRequest, type QueueDepth } from "./store.ts";
import { correlationNow, traced } from "./tracing.ts";
import { createWorker, type Worker } from "./worker.ts";

/** What the queue is made of. */
export interface JobsOptions {
  readonly database: Database;
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** Jobs at once in this process; 4 unless said otherwise. */
  readonly concurrency?: number;
  /** And beside them those that were said to run `apart`; 32 unless said otherwise, since they wait most of the time. */
  readonly concurrencyApart?: number;
  /** Milliseconds between looks for jobs of other instances and of later; 500 unless said otherwise. */
  readonly pollMs?: number;
  /** Milliseconds after which a worker that died counts as dead; 60,000 unless said otherwise. Long jobs extend it by themselves. */
  readonly leaseMs?: number;
}

/** What a handler is told beside the payload. */
export interface JobContext {
  readonly jobId: string;
  /** 1 at the first try. */
  readonly attempt: number;
  /** Aborts when the lease is lost or could not be extended in time: another worker may have the job now. */
  readonly signal: AbortSignal;
  /**
   * Removes the job inside the handler's own transaction, so that its effect happens exactly once: a crash before the
   * commit undoes both, after it the job is gone.
   * @throws `lease_lost`
   */
  complete(tx: Tx): Promise<void>;
}

/** How jobs of a name are run. */
export interface HandlerSettings {
  /** Tries until it is dead; 12 unless said otherwise. */
  readonly maxAttempts?: number;
  /**
   * Gives these jobs places of their own. For what waits for strangers, such as a customer's server: as slow as they like, they
   * hold up each other and nothing else.
   */
  readonly apart?: boolean;
}

/** Runs one job. What it throws puts the job back. */
export type JobHandler<Payload> = (payload: Payload, context: JobContext) => Promise<void>;

/** What is to be done. */
export interface NewJobRequest {
  readonly name: string;
  readonly payload: JsonObject;
  /** Not before this time; at once unless given. */
  readonly runAt?: Date;
  /**
   * While a job of this name and key waits, another is not added; the one that waits begins after the transaction that would have
   * added another. A job that has begun does not count as waiting.
   */
  readonly dedupeKey?: string;
}

/** The queue. */
export interface Jobs {
  /**
   * Says how jobs of a name are run. An error puts the job back with growing pauses; after `maxAttempts` (12: about
   * an hour) it is dead and waits for {@link Jobs.dead}. A job may run more than once: make it safe, or use `complete`.
   * @throws `duplicate_handler`
   */
  handle<Payload>(name: string, handler: JobHandler<Payload>, settings?: HandlerSettings): void;
  /**
   * Adds a job, in the caller's transaction if one is given, and answers with its id; null when one of the same
   * `dedupeKey` waits already.
   * @throws `handle_outside_transaction` inside a transaction that was not handed on
   */
  enqueue(job: NewJobRequest, tx?: Tx): Promise<string | null>;
  /**
   * Does `work` at start and then every so often, on each instance: it must be safe to do twice at once. A clock of the product's
   * that jumps over a round is followed by one.
   */
  schedule(name: string, everyMs: number, work: () => Promise<void>): void;
  /**
   * Runs everything that is due to its end, without {@link Jobs.start}; answers with how many jobs ran.
   * @throws `handle_outside_transaction` inside a transaction, which the jobs would wait for
   */
  runDue(): Promise<number>;
  /** Begins to look for jobs and to do what is scheduled, until {@link Jobs.stop}. */
  start(): void;
  /** Takes nothing new and waits for the jobs and rounds that run; a job's handler must not wait for it. */
  stop(): Promise<void>;
  /** How much there is to do (of one name), on all instances together. */
  depth(name?: string): Promise<QueueDepth>;
  /** The jobs that were tried as often as they may be. */
  readonly dead: {
    /** Newest first; only those of a name if one is given. */
    list(page: DeadJobsRequest): Promise<Page<DeadJob>>;
    /** How many there are (of one name). */
    count(name?: string): Promise<number>;
    /** Tries one again, with all its attempts. @throws `job_not_found` */
    replay(id: string, tx?: Tx): Promise<void>;
    /** Tries all again (of one name); answers with how many. */
    replayAll(name?: string, tx?: Tx): Promise<number>;
    /**
     * Removes those of a name that were enqueued before a time: what nobody would try again, and whose payload is not to be kept
     * for ever. Answers with how many.
     * @example await jobs.dead.discard({ name: "auth.letter", before: aWeekAgo });
     */
    discard(which: { readonly name: string; readonly before: Date }, tx?: Tx): Promise<number>;
  };
}

const defaultMaxAttempts = 12;

/** Jobs that share places, and the worker that has them. */
interface Lane {
  readonly names: string[];
  readonly worker: Worker;
}

/**
 * Makes the queue.
 * @example
 * const jobs = createJobs({ database });
 * jobs.handle<{ userId: string }>("mail.welcome", async ({ userId }) => { … });
 * await database.transaction(async (tx) => {
 *   await tx.db.insert(users).values(user);
 *   await jobs.enqueue({ name: "mail.welcome", payload: { userId: user.id } }, tx);
 * });
 * jobs.start();
 */
export function createJobs(options: JobsOptions): Jobs {
  const { database, clock = systemClock, logger = silentLogger, leaseMs = 60_000 } = options;
  const store = createJobsStore(database);
  const schedule = createSchedule(logger, clock);
  const handlers = new Map<string, { run: JobHandler<unknown>; maxAttempts: number; lane: Lane }>();

  const common = createLane(options.concurrency ?? 4);
  const apart = createLane(options.concurrencyApart ?? 32);
  const lanes = [common, apart];

  function createLane(concurrency: number): Lane {
    const names: string[] = [];
    const worker = createWorker({
      logger,
      concurrency,
      pollMs: options.pollMs ?? 500,
      run: runJob,
      claim: async (limit) =>
        names.length === 0
          ? []
          : store.claim({
              names,
              limit,
              dueAt: clock.now(),
              // A lease is about this machine's processes: it runs on the machine's clock, whatever the product's says.
              now: systemClock.now().getTime(),
              leaseMs,
              leaseToken: randomToken(12),
            }),
    });
    return { names, worker };
  }

  const wakeAll = () => {
    for (const { worker } of lanes) worker.wake();
  };

  async function runJob(job: ClaimedJob): Promise<void> {
    const handler = handlers.get(job.name);
    if (!handler) return;
    const lease = keepLease(job, { leaseMs, extend: store.extend, logger });
    let completed = false;
    try {
      // A job that takes its process down with it never gets to fail; its attempts count all the same.
      if (job.attempt > handler.maxAttempts) throw new Error("The process ended while it ran, at every attempt.");
      const context: JobContext = {
        jobId: job.id,
        attempt: job.attempt,
        signal: lease.signal,
        complete: async (tx) => {
          if (!(await store.complete(tx, job.id, job.leaseToken))) throw jobsErrors.lease_lost();
          completed = true;
          // The row is ours until this transaction ends, and gone after it: neither is a lost lease.
          lease.end();
        },
      };
      await traced(job, () => handler.run(job.payload, context));
      if (!completed && !(await store.complete(database, job.id, job.leaseToken))) {
        logger.warn({ job: job.name, jobId: job.id }, "a job ended whose lease was lost: it runs twice");
      }
    } catch (error) {
      await fail(job, handler.maxAttempts, error);
    } finally {
      lease.end();
    }
  }

  async function fail(job: ClaimedJob, maxAttempts: number, error: unknown): Promise<void> {
    const { requestId } = job.correlation;
    const members = { err: error, job: job.name, jobId: job.id, attempt: job.attempt, requestId };
    const reason = describe(error);
    const dead = job.attempt >= maxAttempts;
    try {
      const runAt = new Date(clock.now().getTime() + backoffMs(job.attempt, Math.random()));
      const held = dead
        ? await store.bury(job.id, job.leaseToken, reason)
        : await store.retry(job.id, job.leaseToken, runAt, reason);
      if (!held) logger.warn(members, "a job failed whose lease was lost: another worker has it");
      else if (dead) logger.error(members, "a job is dead");
      else logger.warn(members, "a job failed and is tried again");
    } catch (storeError) {
      // The database is away: the lease will end and the job be taken again.
      logger.error({ ...members, storeError }, "a failed job could not be put back");
    }
  }

  return {
    handle<Payload>(name: string, handler: JobHandler<Payload>, settings: HandlerSettings = {}) {
      if (handlers.has(name)) throw jobsErrors.duplicate_handler({ detail: `"${name}" has a handler already.` });
      // The payload comes back as the JSON that was enqueued under this name; its shape is the handler's own word.
      const run = handler as JobHandler<unknown>;
      const lane = settings.apart ? apart : common;
      lane.names.push(name);
      handlers.set(name, { run, maxAttempts: settings.maxAttempts ?? defaultMaxAttempts, lane });
    },
    async enqueue({ name, payload, runAt, dedupeKey }, tx) {
      const now = clock.now();
      const id = createId("job", now);
      const correlation = correlationNow();
      const job = { id, name, payload, correlation, dedupeKey: dedupeKey ?? null, runAt: runAt ?? now, createdAt: now };
      const added = await database.transaction(async (inner) => {
        const handler = handlers.get(name);
        if (handler) inner.afterCommit(handler.lane.worker.wake);
        return store.insert(inner, job);
      }, tx);
      return added ? id : null;
    },
    schedule: schedule.add,
    async runDue() {
      database.assertOutside();
      // What one lane runs may make something due in the other.
      for (let ran = 0; ; ) {
        const [some, more] = await Promise.all([common.worker.drain(), apart.worker.drain()]);
        if (some + more === 0) return ran;
        ran += some + more;
      }
    },
    start() {
      schedule.start();
      for (const { worker } of lanes) worker.start();
    },
    async stop() {
      await Promise.all([schedule.stop(), ...lanes.map(({ worker }) => worker.stop())]);
    },
    depth: (name) => store.depth(clock.now(), name),
    dead: {
      list: store.listDead,
      count: store.countDead,
      async replay(id, tx) {
        await database.transaction(async (inner) => {
          const revived = await store.revive(inner, { id }, clock.now());
          if (revived === 0) throw jobsErrors.job_not_found({ detail: `No dead job ${id}.` });
          inner.afterCommit(wakeAll);
        }, tx);
      },
      discard: ({ name, before }, tx) => database.transaction((inner) => store.discard(inner, name, before), tx),
      async replayAll(name, tx) {
        return database.transaction(async (inner) => {
          inner.afterCommit(wakeAll);
          return store.revive(inner, name === undefined ? {} : { name }, clock.now());
        }, tx);
      },
    },
  };
}

/** What is kept of an error: enough to know it again, and text that both databases store. */
function describe(error: unknown): string {
  const text = (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).slice(0, 1_000);
  return isStorableText(text) ? text : JSON.stringify(text.toWellFormed()).replaceAll("\\u0000", "");
}
