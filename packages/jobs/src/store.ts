/** The queue's SQL: one statement, one verb. */
import type { Correlation, Page, PageRequest } from "@revops/core";
import { pageOf } from "@revops/core";
import type { Database, Handle } from "@revops/database";
import { and, desc, eq, inArray, lt, type SQL, sql } from "drizzle-orm";
import { jobsTables } from "./schema.ts";

/** A job that a worker has taken. */
export interface ClaimedJob {
  readonly id: string;
  readonly name: string;
  readonly payload: unknown;
  /** The request that made it necessary; empty for what nobody asked for. */
  readonly correlation: Correlation;
  /** This attempt included: 1 at the first. */
  readonly attempt: number;
  readonly leaseToken: string;
  /** Milliseconds of the machine's clock. */
  readonly leasedUntil: number;
}

/** A job that was tried as often as it may be. */
export interface DeadJob {
  readonly id: string;
  readonly name: string;
  readonly payload: unknown;
  readonly attempts: number;
  readonly lastError: string | null;
  readonly createdAt: Date;
}

export interface NewJob {
  readonly id: string;
  readonly name: string;
  readonly payload: unknown;
  readonly correlation: Correlation | null;
  readonly dedupeKey: string | null;
  readonly runAt: Date;
  readonly createdAt: Date;
}

/** How much there is to do. */
export interface QueueDepth {
  /** Jobs that will run, now or later. */
  readonly waiting: number;
  /** Those of them whose time has come; what runs at this moment is among them. */
  readonly due: number;
  readonly dead: number;
  readonly oldestDueAt: Date | null;
}

export interface Claim {
  readonly names: readonly string[];
  readonly limit: number;
  /** Due are jobs up to this time of the injected clock. */
  readonly dueAt: Date;
  /** Milliseconds of the machine's clock. */
  readonly now: number;
  readonly leaseMs: number;
  readonly leaseToken: string;
}

export interface DeadJobsRequest extends PageRequest {
  /** Only those of this name. */
  readonly name?: string | undefined;
}

export function createJobsStore(database: Database) {
  const { jobs } = jobsTables(database.dialect);
  // Where SQLite admits one writer at a time, PostgreSQL steps over the rows that another worker is taking.
  const skipLocked = database.dialect === "postgres" ? sql`for update skip locked` : sql``;
  const keyShare = database.dialect === "postgres" ? sql`for key share` : sql``;
  const held = (id: string, leaseToken: string): SQL | undefined =>
    and(eq(jobs.id, id), eq(jobs.leaseToken, leaseToken));

  /** Whether a job waits under the key; it is not taken until the transaction ends. Those that do the same do not wait for each other. */
  async function keepWaiting(handle: Handle, name: string, dedupeKey: string): Promise<boolean> {
    const rows = await handle.rows(
      sql`select ${jobs.id} from ${jobs} where ${and(eq(jobs.name, name), eq(jobs.dedupeKey, dedupeKey))} ${keyShare}`,
    );
    return rows.length > 0;
  }

  return {
    /**
     * False when a job of this name and key is waiting already. That one then does not begin before the transaction ends, so
     * that it sees what the transaction wrote: on PostgreSQL it would otherwise run just before the commit and miss it.
     */
    async insert(handle: Handle, job: NewJob): Promise<boolean> {
      for (;;) {
        const rows = await handle.db
          .insert(jobs)
          .values({ ...job, state: "ready", attempts: 0 })
          .onConflictDoNothing()
          .returning({ id: jobs.id });
        if (rows.length === 1) return true;
        if (job.dedupeKey === null || (await keepWaiting(handle, job.name, job.dedupeKey))) return false;
        // It was taken in between: this one is news to it.
      }
    },

    /** Takes due jobs whose lease is free or over. The key is cleared: what is enqueued from now on may be news to it. */
    async claim(claim: Claim): Promise<ClaimedJob[]> {
      const due = sql`${jobs.id} in (
        select ${jobs.id} from ${jobs}
        where ${and(eq(jobs.state, "ready"), sql`${jobs.runAt} <= ${sql.param(claim.dueAt, jobs.runAt)}`, inArray(jobs.name, [...claim.names]))}
          and (${jobs.leasedUntil} is null or ${lt(jobs.leasedUntil, claim.now)})
        order by ${jobs.runAt}, ${jobs.id} limit ${claim.limit} ${skipLocked})`;
      const rows = await database.db
        .update(jobs)
        .set({
          leasedUntil: claim.now + claim.leaseMs,
          leaseToken: claim.leaseToken,
          attempts: sql`${jobs.attempts} + 1`,
          dedupeKey: null,
        })
        .where(due)
        .returning();
      return rows.map((row) => ({
        id: row.id,
        name: row.name,
        payload: row.payload,
        correlation: row.correlation ?? {},
        attempt: row.attempts,
        leaseToken: claim.leaseToken,
        leasedUntil: claim.now + claim.leaseMs,
      }));
    },

    /** False when the lease was lost. */
    async extend(id: string, leaseToken: string, leasedUntil: number): Promise<boolean> {
      const rows = await database.db
        .update(jobs)
        .set({ leasedUntil })
        .where(held(id, leaseToken))
        .returning({ id: jobs.id });
      return rows.length === 1;
    },

    /** Removes a finished job; false when the lease was lost. */
    async complete(handle: Handle, id: string, leaseToken: string): Promise<boolean> {
      const rows = await handle.db.delete(jobs).where(held(id, leaseToken)).returning({ id: jobs.id });
      return rows.length === 1;
    },

    /** Puts a failed job back; false when the lease was lost. */
    async retry(id: string, leaseToken: string, runAt: Date, lastError: string): Promise<boolean> {
      const rows = await database.db
        .update(jobs)
        .set({ runAt, lastError, leasedUntil: null, leaseToken: null })
        .where(held(id, leaseToken))
        .returning({ id: jobs.id });
      return rows.length === 1;
    },

    /** Ends a job that failed as often as it may; false when the lease was lost. */
    async bury(id: string, leaseToken: string, lastError: string): Promise<boolean> {
      const rows = await database.db
        .update(jobs)
        .set({ state: "dead", lastError, leasedUntil: null, leaseToken: null })
        .where(held(id, leaseToken))
        .returning({ id: jobs.id });
      return rows.length === 1;
    },

    /** How many wait, how many of them are due, since when the first of those is, and how many are dead. */
    async depth(dueAt: Date, name?: string): Promise<QueueDepth> {
      const named = name === undefined ? undefined : eq(jobs.name, name);
      const due = sql`${jobs.runAt} <= ${sql.param(dueAt, jobs.runAt)}`;
      const [row] = await database.db
        .select({
          waiting: sql<number>`count(*) filter (where ${eq(jobs.state, "ready")})`.mapWith(Number),
          due: sql<number>`count(*) filter (where ${and(eq(jobs.state, "ready"), due)})`.mapWith(Number),
          dead: sql<number>`count(*) filter (where ${eq(jobs.state, "dead")})`.mapWith(Number),
        })
        .from(jobs)
        .where(named);
      const [oldest] = await database.db
        .select({ runAt: jobs.runAt })
        .from(jobs)
        .where(and(eq(jobs.state, "ready"), due, named))
        .orderBy(jobs.runAt)
        .limit(1);
      return {
        waiting: row?.waiting ?? 0,
        due: row?.due ?? 0,
        dead: row?.dead ?? 0,
        oldestDueAt: oldest?.runAt ?? null,
      };
    },

    async listDead({ limit, after, name }: DeadJobsRequest): Promise<Page<DeadJob>> {
      const rows = await database.db
        .select({
          id: jobs.id,
          name: jobs.name,
          payload: jobs.payload,
          attempts: jobs.attempts,
          lastError: jobs.lastError,
          createdAt: jobs.createdAt,
        })
        .from(jobs)
        .where(
          and(
            eq(jobs.state, "dead"),
            name === undefined ? undefined : eq(jobs.name, name),
            after === undefined ? undefined : lt(jobs.id, after),
          ),
        )
        .orderBy(desc(jobs.id))
        .limit(limit + 1);
      return pageOf(rows, limit, (row) => row.id);
    },

    async countDead(name: string | undefined): Promise<number> {
      return database.db.$count(
        jobs,
        and(eq(jobs.state, "dead"), name === undefined ? undefined : eq(jobs.name, name)),
      );
    },

    /** Removes dead jobs of a name that were enqueued before a time; answers with how many. */
    async discard(handle: Handle, name: string, before: Date): Promise<number> {
      const rows = await handle.db
        .delete(jobs)
        .where(and(eq(jobs.state, "dead"), eq(jobs.name, name), lt(jobs.createdAt, before)))
        .returning({ id: jobs.id });
      return rows.length;
    },

    /** Gives dead jobs their attempts back: the one of this id, or all (of a name). Answers with how many. */
    async revive(handle: Handle, which: { id?: string; name?: string }, runAt: Date): Promise<number> {
      const rows = await handle.db
        .update(jobs)
        .set({ state: "ready", attempts: 0, runAt })
        .where(
          and(
            eq(jobs.state, "dead"),
            which.id === undefined ? undefined : eq(jobs.id, which.id),
            which.name === undefined ? undefined : eq(jobs.name, which.name),
          ),
        )
        .returning({ id: jobs.id });
      return rows.length;
    },
  };
}
