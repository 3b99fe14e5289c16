import type { Correlation } from "@revops/core";
import { defineTables } from "@revops/database";

/** A job is one row from enqueue to done; finished ones are removed, dead ones stay until someone decides. */
export const jobsTables = defineTables((c) => ({
  jobs: c.table(
    "jobs_jobs",
    {
      id: c.text().primaryKey(),
      /** Which handler runs it. */
      name: c.text().notNull(),
      payload: c.json<unknown>().notNull(),
      /** The request that made it necessary. */
      correlation: c.json<Correlation>(),
      /** At most one waiting job per name and key. */
      dedupeKey: c.text(),
      state: c.text().$type<"ready" | "dead">().notNull(),
      /** Not before this time, by the injected clock. */
      runAt: c.time().notNull(),
      attempts: c.integer().notNull(),
      /** Set while a worker has it, by the machine's clock: a virtual clock that jumps must not end a lease. */
      leasedUntil: c.bigint(),
      /** Tells the worker that holds the lease from one that held it before. */
      leaseToken: c.text(),
      lastError: c.text(),
      createdAt: c.time().notNull(),
    },
    (table) => [
      c.index("jobs_jobs_due").on(table.state, table.runAt),
      c.uniqueIndex("jobs_jobs_name_dedupe_key_unique").on(table.name, table.dedupeKey),
    ],
  ),
}));
