import { type Page, type PageRequest, pageOf } from "@revops/core";
import { type Database, type Handle, prepared, type Tx } from "@revops/database";
import { and, desc, eq, inArray, lt, or, sql } from "drizzle-orm";
import { authTables } from "../schema.ts";
import { storableId } from "../storable-id.ts";
import type { AuditEntry } from "./entry.ts";
import type { NewEntry } from "./happening.ts";

/** An entry that counts, and the text that those which are counted together have in common. */
export type GatheredEntry = AuditEntry & { readonly gathered: string };

/** Entries are written and read, never changed but for their counts, and for where someone was who asked to be erased. */
export interface AuditStore {
  insert(tx: Tx, entries: readonly NewEntry[]): Promise<void>;
  /**
   * Writes entries, or counts each with the one that is gathered by the same text. Where they differ, and of who is
   * erased by now, it is not said where from.
   */
  gather(tx: Tx, entries: readonly GatheredEntry[]): Promise<void>;
  list(handle: Handle, userId: string, page: PageRequest): Promise<Page<AuditEntry>>;
  /** Forgets where a user was, in their own entries and in those of organizations in which they did something. */
  forgetOrigins(tx: Tx, userId: string): Promise<void>;
}

export function createAuditStore({ dialect }: Database): AuditStore {
  const { audit, erasedUsers } = authTables(dialect);
  const columns = {
    id: audit.id,
    at: audit.at,
    userId: audit.userId,
    actorId: audit.actorId,
    action: audit.action,
    target: audit.target,
    roleBefore: audit.roleBefore,
    roleAfter: audit.roleAfter,
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
  const { placeholder } = sql;
  // By hand, and so compiled once: a transaction's query builder would write it anew for each log-in.
  const insertOne = sql`
    insert into auth_audit (id, at, user_id, actor_id, action, target, role_before, role_after, address, user_agent)
    values (${placeholder("id")}, ${placeholder("at")}, ${placeholder("userId")}, ${placeholder("actorId")}, ${placeholder("action")}, ${placeholder("target")}, ${placeholder("roleBefore")}, ${placeholder("roleAfter")}, ${placeholder("address")}, ${placeholder("userAgent")})`;
  return {
    async insert(tx, entries) {
      const [first, ...others] = entries.map(toRow);
      if (first && others.length === 0) await tx.rows(insertOne, first);
      else if (first) await tx.db.insert(audit).values([first, ...others]);
    },
    async gather(tx, entries) {
      const userIds = entries.map(({ userId }) => userId);
      const gone = await tx.db.select({ id: erasedUsers.id }).from(erasedUsers).where(inArray(erasedUsers.id, userIds));
      const erased = new Set(gone.map(({ id }) => id));
      await tx.db
        .insert(audit)
        .values(
          entries
            .map(toRow)
            .map((entry) => (erased.has(entry.userId) ? { ...entry, address: null, userAgent: null } : entry)),
        )
        .onConflictDoUpdate({
          target: audit.gathered,
          set: {
            times: sql`coalesce(${audit.times}, 1) + excluded.times`,
            lastAt: sql`case when ${audit.lastAt} > excluded.last_at then ${audit.lastAt} else excluded.last_at end`,
            address: sql`case when ${audit.address} = excluded.address then excluded.address end`,
            userAgent: sql`case when ${audit.userAgent} = excluded.user_agent then excluded.user_agent end`,
          },
        });
    },
    async list(handle, userId, { limit, after }) {
      // "~" sorts after every character of an id.
      const rows = await ofUser(handle, {
        userId: storableId(userId),
        after: storableId(after ?? "~"),
        limit: limit + 1,
      });
      const entries = rows.map(({ roleBefore, roleAfter, ...row }) => ({
        ...row,
        role: roleAfter === null ? null : { from: roleBefore, to: roleAfter },
        times: row.times ?? 1,
        lastAt: row.lastAt ?? row.at,
      }));
      return pageOf(entries, limit, (entry) => entry.id);
    },
    forgetOrigins: async (tx, userId) =>
      void (await tx.db
        .update(audit)
        .set({ address: null, userAgent: null })
        .where(or(eq(audit.userId, userId), eq(audit.actorId, userId)))),
  };
}

const toRow = <Entry extends NewEntry>({ role, ...entry }: Entry) => ({
  ...entry,
  roleBefore: role?.from ?? null,
  roleAfter: role?.to ?? null,
});
