/** Who did what to which key, session, role or password, when, and from where (OWASP ASVS 5.0, 16.3). */
import { type Clock, createId, isStorableText, type Page, type PageRequest } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import type { Origin } from "../origins/origin.ts";
import type { AuditAction, AuditEntry } from "./entry.ts";
import type { AuditStore } from "./store.ts";

/** What happened; the log adds when. */
export interface Happening {
  readonly action: AuditAction;
  readonly userId: string;
  readonly actorId: string | null;
  readonly target?: string | undefined;
  readonly origin?: Origin | undefined;
}

export interface Audit {
  /** The entries about an account, youngest first. */
  list(userId: string, page: PageRequest): Promise<Page<AuditEntry>>;
}

export interface AuditLog extends Audit {
  /** Writes in the transaction of what happened: neither is there without the other. */
  record(tx: Tx, ...happenings: readonly Happening[]): Promise<void>;
}

const maxLength = 500;

export function createAuditLog(options: {
  readonly database: Database;
  readonly clock: Clock;
  readonly store: AuditStore;
}): AuditLog {
  const { database, clock, store } = options;
  return {
    async record(tx, ...happenings) {
      if (happenings.length === 0) return;
      const at = clock.now();
      const entries = happenings.map(({ action, userId, actorId, target = null, origin = {} }) => ({
        id: createId("aud", at),
        at,
        userId,
        actorId,
        action,
        target,
        address: kept(origin.address),
        userAgent: kept(origin.userAgent),
      }));
      await store.insert(tx, entries);
    },
    list: (userId, page) => store.list(database, userId, page),
  };
}

/** What a client says of itself must not keep it from being logged. */
function kept(text: string | undefined): string | null {
  return text === undefined || !isStorableText(text) ? null : text.slice(0, maxLength).toWellFormed();
}
