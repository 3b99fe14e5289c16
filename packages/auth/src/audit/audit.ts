/** Who did what to which key, session, role or password, when, and from where (OWASP ASVS 5.0, 16.3). */
import type { Clock, Page, PageRequest } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import type { AuditEntry } from "./entry.ts";
import { entryOf, type Happening } from "./happening.ts";
import type { Refusals } from "./refusals.ts";
import type { AuditStore } from "./store.ts";

export interface Audit {
  /** The entries about an account, youngest first. */
  list(userId: string, page: PageRequest): Promise<Page<AuditEntry>>;
}

export interface AuditLog extends Audit {
  /** Writes in the transaction of what happened: neither is there without the other. */
  record(tx: Tx, ...happenings: readonly Happening[]): Promise<void>;
}

export function createAuditLog(options: {
  readonly database: Database;
  readonly clock: Clock;
  readonly store: AuditStore;
  readonly refusals: Pick<Refusals, "writeOf">;
}): AuditLog {
  const { database, clock, store, refusals } = options;
  return {
    async record(tx, ...happenings) {
      if (happenings.length === 0) return;
      const at = clock.now();
      await store.insert(
        tx,
        happenings.map((happening) => entryOf(happening, at)),
      );
    },
    async list(userId, page) {
      await refusals.writeOf(userId);
      return store.list(database, userId, page);
    },
  };
}
