import type { Database, Handle, Tx } from "@revops/database";
import { asc, eq, inArray } from "drizzle-orm";
import type { NamedIdentity } from "../oauth/store.ts";
import { authTables } from "../schema.ts";
import { storableId } from "../storable-id.ts";

export interface AccountStore {
  /** Removes a user, whose address it answers, and leaves a tombstone; null when there is no such user: of two calls at once one does it. */
  bury(tx: Tx, userId: string, at: Date): Promise<string | null>;
  /** Removes what only the user could use, but for their keys. */
  removeBelongings(tx: Tx, userId: string): Promise<void>;
  /** The first linked first. */
  identitiesOf(handle: Handle, userId: string): Promise<NamedIdentity[]>;
}

export function createAccountStore({ dialect }: Database): AccountStore {
  const { users, erasedUsers, passwords, codes, sessions, refreshTokens, oauthIdentities, oauthCodes } =
    authTables(dialect);
  return {
    async bury(tx, userId, at) {
      const removed = await tx.db
        .delete(users)
        .where(eq(users.id, storableId(userId)))
        .returning({ email: users.email });
      if (!removed[0]) return null;
      await tx.db.insert(erasedUsers).values({ id: userId, at });
      return removed[0].email;
    },
    async removeBelongings(tx, userId) {
      const theirs = tx.db.select({ id: sessions.id }).from(sessions).where(eq(sessions.userId, userId));
      await tx.db.delete(passwords).where(eq(passwords.userId, userId));
      await tx.db.delete(oauthIdentities).where(eq(oauthIdentities.userId, userId));
      await tx.db.delete(oauthCodes).where(eq(oauthCodes.userId, userId));
      await tx.db.delete(codes).where(eq(codes.userId, userId));
      await tx.db.delete(refreshTokens).where(inArray(refreshTokens.sessionId, theirs));
      await tx.db.delete(sessions).where(eq(sessions.userId, userId));
    },
    identitiesOf: (handle, userId) =>
      handle.db
        .select({
          provider: oauthIdentities.provider,
          subject: oauthIdentities.subject,
          linkedAt: oauthIdentities.linkedAt,
        })
        .from(oauthIdentities)
        .where(eq(oauthIdentities.userId, userId))
        .orderBy(asc(oauthIdentities.linkedAt), asc(oauthIdentities.provider)),
  };
}
