import { type Page, type PageRequest, pageOf } from "@revops/core";
import { type Database, type Handle, prepared, type Tx } from "@revops/database";
import { and, desc, eq, lt, or, sql } from "drizzle-orm";
import { authTables } from "../schema.ts";
import type { AuditEntry } from "./entry.ts";

/** Entries are written and read, never changed. The one exception is where someone was who asked to be erased. */
export interface AuditStore {
  insert(tx: Tx, entries: readonly AuditEntry[]): Promise<void>;
  list(handle: Handle, userId: string, page: PageRequest): Promise<Page<AuditEntry>>;
  /** Forgets where a user was, in their own entries and in those of organizations in which they did something. */
  forgetOrigins(tx: Tx, userId: string): Promise<void>;
}

export function createAuditStore({ dialect }: Database): AuditStore {
  const { audit } = authTables(dialect);
  const ofUser = prepared("auth_audit_of_user", (db) =>
    db
      .select()
      .from(audit)
      .where(and(eq(audit.userId, sql.placeholder("userId")), lt(audit.id, sql.placeholder("after"))))
      .orderBy(desc(audit.id))
      .limit(sql.placeholder("limit")),
  );
  return {
    insert: async (tx, entries) => void (await tx.db.insert(audit).values([...entries])),
    async list(handle, userId, { limit, after }) {
      // "~" sorts after every character of an id.
      const rows = await ofUser(handle, { userId, after: after ?? "~", limit: limit + 1 });
      return pageOf(rows, limit, (entry) => entry.id);
    },
    forgetOrigins: async (tx, userId) =>
      void (await tx.db
        .update(audit)
        .set({ address: null, userAgent: null })
        .where(or(eq(audit.userId, userId), eq(audit.actorId, userId)))),
  };
}
