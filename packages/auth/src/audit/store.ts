import { type Page, type PageRequest, pageOf } from "@revops/core";
import { type Database, type Handle, prepared, type Tx } from "@revops/database";
import { and, desc, eq, lt, or, sql } from "drizzle-orm";
import { authTables } from "../schema.ts";
import type { AuditEntry } from "./entry.ts";

export type NewEntry = Omit<AuditEntry, "times" | "lastAt">;

/** Entries are written and read, never changed but for their counts, and for where someone was who asked to be erased. */
export interface AuditStore {
  insert(tx: Tx, entries: readonly NewEntry[]): Promise<void>;
  /** Writes an entry, or counts it with the one that is gathered by the same text. Where they differ, it is not said where from. */
  gather(tx: Tx, entry: NewEntry, by: string, times: number): Promise<void>;
  list(handle: Handle, userId: string, page: PageRequest): Promise<Page<AuditEntry>>;
  /** Forgets where a user was, in their own entries and in those of organizations in which they did something. */
  forgetOrigins(tx: Tx, userId: string): Promise<void>;
}

export function createAuditStore({ dialect }: Database): AuditStore {
  const { audit } = authTables(dialect);
  const columns = {
    id: audit.id,
    at: audit.at,
    userId: audit.userId,
    actorId: audit.actorId,
    action: audit.action,
    target: audit.target,
    address: audit.address,
    userAgent: audit.userAgent,
    times: audit.times,
    lastAt: audit.lastAt,
  };
  const ofUser = prepared("auth_audit_of_user", (db) =>
    db
      .select(columns)
      .from(audit)
      .where(and(eq(audit.userId, sql.placeholder("userId")), lt(audit.id, sql.placeholder("after"))))
      .orderBy(desc(audit.id))
      .limit(sql.placeholder("limit")),
  );
  return {
    insert: async (tx, entries) => void (await tx.db.insert(audit).values([...entries])),
    gather: async (tx, entry, gathered, times) =>
      void (await tx.db
        .insert(audit)
        .values({ ...entry, times, lastAt: entry.at, gathered })
        .onConflictDoUpdate({
          target: audit.gathered,
          set: {
            times: sql`coalesce(${audit.times}, 1) + ${times}`,
            lastAt: entry.at,
            address: sql`case when ${audit.address} = excluded.address then excluded.address end`,
            userAgent: sql`case when ${audit.userAgent} = excluded.user_agent then excluded.user_agent end`,
          },
        })),
    async list(handle, userId, { limit, after }) {
      // "~" sorts after every character of an id.
      const rows = await ofUser(handle, { userId, after: after ?? "~", limit: limit + 1 });
      const entries = rows.map((row) => ({ ...row, times: row.times ?? 1, lastAt: row.lastAt ?? row.at }));
      return pageOf(entries, limit, (entry) => entry.id);
    },
    forgetOrigins: async (tx, userId) =>
      void (await tx.db
        .update(audit)
        .set({ address: null, userAgent: null })
        .where(or(eq(audit.userId, userId), eq(audit.actorId, userId)))),
  };
}
