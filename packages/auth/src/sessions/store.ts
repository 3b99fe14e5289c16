import type { Page, PageRequest } from "@revops/core";
import { pageOf } from "@revops/core";
import { type Database, type Handle, prepared, type Tx } from "@revops/database";
import { and, desc, eq, gt, isNull, lt, ne, sql } from "drizzle-orm";
import { authTables } from "../schema.ts";
import { storableId } from "../storable-id.ts";
import type { Session } from "./session.ts";

export type SessionEnd = "logout" | "ended" | "token_reused";

export interface SessionStore {
  insert(tx: Tx, session: Session): Promise<void>;
  /** Notes a use of a session that has not ended; answers whose it is and since when, or null when it has. */
  touch(tx: Tx, sessionId: string, at: Date, expiresAt: Date): Promise<{ userId: string; createdAt: Date } | null>;
  /** Ends a session, of this user if one is named; answers whose it was, or null when it had ended, or is not theirs. */
  end(
    tx: Tx,
    session: { id: string; userId?: string | undefined },
    reason: SessionEnd,
    at: Date,
  ): Promise<{ userId: string } | null>;
  /** Ends a user's sessions that have not ended, but one; answers their ids. */
  endAll(tx: Tx, userId: string, except: string | undefined, reason: SessionEnd, at: Date): Promise<string[]>;
  /** Those that have not ended, youngest first. */
  list(handle: Handle, userId: string, page: PageRequest, at: Date): Promise<Page<Session>>;
  /** A session of this user that has not ended. */
  findActive(handle: Handle, session: { id: string; userId: string }, at: Date): Promise<Session | null>;
  /** Whose session it is, ended or not. */
  ownerOf(handle: Handle, sessionId: string): Promise<{ userId: string } | null>;
  insertToken(tx: Tx, token: { hash: string; sessionId: string; createdAt: Date; expiresAt: Date }): Promise<void>;
  /** Marks a token as used; null when it is unknown, has expired or was used: of any number of callers one wins. */
  useToken(tx: Tx, hash: string, at: Date): Promise<{ sessionId: string } | null>;
  findToken(tx: Tx, hash: string): Promise<{ sessionId: string; expiresAt: Date; usedAt: Date | null } | null>;
  removeExpired(tx: Tx, before: Date): Promise<void>;
}

export function createSessionStore({ dialect }: Database): SessionStore {
  const { sessions, refreshTokens } = authTables(dialect);
  const columns = {
    id: sessions.id,
    userId: sessions.userId,
    createdAt: sessions.createdAt,
    lastUsedAt: sessions.lastUsedAt,
    expiresAt: sessions.expiresAt,
  };
  const active = prepared("auth_sessions_of_user", (db) =>
    db
      .select(columns)
      .from(sessions)
      .where(
        and(
          eq(sessions.userId, sql.placeholder("userId")),
          isNull(sessions.endedAt),
          gt(sessions.expiresAt, sql.placeholder("at")),
          lt(sessions.id, sql.placeholder("after")),
        ),
      )
      .orderBy(desc(sessions.id))
      .limit(sql.placeholder("limit")),
  );
  const { placeholder } = sql;
  // By hand, and so compiled once: a transaction's query builder would write them anew for each log-in.
  const insertSession = sql`
    insert into auth_sessions (id, user_id, created_at, last_used_at, expires_at)
    values (${placeholder("id")}, ${placeholder("userId")}, ${placeholder("createdAt")}, ${placeholder("lastUsedAt")}, ${placeholder("expiresAt")})`;
  const insertToken = sql`
    insert into auth_refresh_tokens (hash, session_id, created_at, expires_at)
    values (${placeholder("hash")}, ${placeholder("sessionId")}, ${placeholder("createdAt")}, ${placeholder("expiresAt")})`;
  return {
    insert: async (tx, session) => void (await tx.rows(insertSession, { ...session })),
    touch: async (tx, sessionId, at, expiresAt) =>
      (
        await tx.db
          .update(sessions)
          .set({ lastUsedAt: at, expiresAt })
          .where(and(eq(sessions.id, sessionId), isNull(sessions.endedAt)))
          .returning({ userId: sessions.userId, createdAt: sessions.createdAt })
      )[0] ?? null,
    end: async (tx, { id, userId }, reason, at) =>
      (
        await tx.db
          .update(sessions)
          .set({ endedAt: at, endReason: reason })
          .where(
            and(
              eq(sessions.id, storableId(id)),
              isNull(sessions.endedAt),
              userId === undefined ? undefined : eq(sessions.userId, storableId(userId)),
            ),
          )
          .returning({ userId: sessions.userId })
      )[0] ?? null,
    endAll: async (tx, userId, except, reason, at) =>
      (
        await tx.db
          .update(sessions)
          .set({ endedAt: at, endReason: reason })
          .where(
            and(
              eq(sessions.userId, storableId(userId)),
              isNull(sessions.endedAt),
              gt(sessions.expiresAt, at),
              except === undefined ? undefined : ne(sessions.id, storableId(except)),
            ),
          )
          .returning({ id: sessions.id })
      ).map(({ id }) => id),
    async list(handle, userId, { limit, after }, at) {
      // "~" sorts after every character of an id.
      const rows = await active(handle, {
        userId: storableId(userId),
        at,
        after: storableId(after ?? "~"),
        limit: limit + 1,
      });
      return pageOf(rows, limit, (session) => session.id);
    },
    findActive: async (handle, { id, userId }, at) =>
      (
        await handle.db
          .select(columns)
          .from(sessions)
          .where(
            and(
              eq(sessions.id, storableId(id)),
              eq(sessions.userId, userId),
              isNull(sessions.endedAt),
              gt(sessions.expiresAt, at),
            ),
          )
      )[0] ?? null,
    ownerOf: async (handle, sessionId) =>
      (await handle.db.select({ userId: sessions.userId }).from(sessions).where(eq(sessions.id, sessionId)))[0] ?? null,
    insertToken: async (tx, token) => void (await tx.rows(insertToken, token)),
    useToken: async (tx, hash, at) =>
      (
        await tx.db
          .update(refreshTokens)
          .set({ usedAt: at })
          .where(and(eq(refreshTokens.hash, hash), isNull(refreshTokens.usedAt), gt(refreshTokens.expiresAt, at)))
          .returning({ sessionId: refreshTokens.sessionId })
      )[0] ?? null,
    findToken: async (tx, hash) =>
      (
        await tx.db
          .select({
            sessionId: refreshTokens.sessionId,
            expiresAt: refreshTokens.expiresAt,
            usedAt: refreshTokens.usedAt,
          })
          .from(refreshTokens)
          .where(eq(refreshTokens.hash, hash))
      )[0] ?? null,
    async removeExpired(tx, before) {
      await tx.db.delete(refreshTokens).where(lt(refreshTokens.expiresAt, before));
      await tx.db.delete(sessions).where(lt(sessions.expiresAt, before));
    },
  };
}
