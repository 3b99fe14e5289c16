import type { Database, Handle, Tx } from "@revops/database";
import { and, asc, eq, gt, isNull, lte } from "drizzle-orm";
import { authTables } from "../schema.ts";
import { storableId } from "../storable-id.ts";

interface PendingSignIn {
  readonly redirectTo: string | null;
  /** Whose account the identity is to be linked to, and the session that asked; null for a sign-in. */
  readonly linkUserId: string | null;
  readonly linkSessionId: string | null;
  /** What the one-time code is to be bound to. */
  readonly codeChallenge: string | null;
}

/** A way to sign in with a provider. */
export interface LinkedIdentity {
  readonly provider: string;
  readonly linkedAt: Date;
}

/** The same, with the provider's name for the user. */
export interface NamedIdentity extends LinkedIdentity {
  /** GitHub's number of the account, `sub` of OpenID Connect. */
  readonly subject: string;
}

export interface OAuthStore {
  insertState(
    tx: Tx,
    state: PendingSignIn & { hash: string; provider: string; browserHash: string; expiresAt: Date },
  ): Promise<void>;
  /** Takes a sign-in away that this browser began; of any number of callers one gets it. */
  takeState(
    tx: Tx,
    state: { hash: string; provider: string; browserHash: string },
    at: Date,
  ): Promise<PendingSignIn | null>;
  /** Whose identity it is. */
  findOwner(tx: Tx, provider: string, subject: string): Promise<{ userId: string } | null>;
  /** A user's, by the time of their linking. */
  listOf(handle: Handle, userId: string): Promise<LinkedIdentity[]>;
  /** Removes a user's identities of a provider; false when there is none. */
  unlink(tx: Tx, userId: string, provider: string): Promise<boolean>;
  /** Removes all of a user's identities, and the codes of sign-ins with them; answers their providers. */
  unlinkAll(tx: Tx, userId: string): Promise<string[]>;
  /** False when the identity is somebody's already. */
  link(tx: Tx, identity: { provider: string; subject: string; userId: string; linkedAt: Date }): Promise<boolean>;
  insertCode(
    tx: Tx,
    code: { hash: string; userId: string; codeChallenge: string | null; expiresAt: Date },
  ): Promise<void>;
  /** Takes a code away whose challenge is the given one, or which has none where none is given. */
  takeCode(
    tx: Tx,
    code: { readonly hash: string; readonly codeChallenge: string | null },
    at: Date,
  ): Promise<{ userId: string } | null>;
  removeExpired(handle: Handle, at: Date): Promise<void>;
}

export function createOAuthStore({ dialect }: Database): OAuthStore {
  const { oauthStates: states, oauthIdentities: identities, oauthCodes: codes } = authTables(dialect);
  return {
    insertState: async (tx, state) => void (await tx.db.insert(states).values(state)),
    takeState: async (tx, { hash, provider, browserHash }, at) =>
      (
        await tx.db
          .delete(states)
          .where(
            and(
              eq(states.hash, hash),
              eq(states.provider, provider),
              eq(states.browserHash, browserHash),
              gt(states.expiresAt, at),
            ),
          )
          .returning({
            redirectTo: states.redirectTo,
            linkUserId: states.linkUserId,
            linkSessionId: states.linkSessionId,
            codeChallenge: states.codeChallenge,
          })
      )[0] ?? null,
    findOwner: async (tx, provider, subject) =>
      (
        await tx.db
          .select({ userId: identities.userId })
          .from(identities)
          .where(and(eq(identities.provider, provider), eq(identities.subject, subject)))
      )[0] ?? null,
    listOf: (handle, userId) =>
      handle.db
        .select({ provider: identities.provider, linkedAt: identities.linkedAt })
        .from(identities)
        .where(eq(identities.userId, storableId(userId)))
        .orderBy(asc(identities.linkedAt), asc(identities.provider)),
    unlink: async (tx, userId, provider) =>
      (
        await tx.db
          .delete(identities)
          .where(and(eq(identities.userId, userId), eq(identities.provider, storableId(provider))))
          .returning({ provider: identities.provider })
      ).length > 0,
    async unlinkAll(tx, userId) {
      await tx.db.delete(codes).where(eq(codes.userId, userId));
      const removed = await tx.db
        .delete(identities)
        .where(eq(identities.userId, userId))
        .returning({ provider: identities.provider });
      return removed.map(({ provider }) => provider);
    },
    link: async (tx, identity) =>
      (await tx.db.insert(identities).values(identity).onConflictDoNothing().returning({ userId: identities.userId }))
        .length > 0,
    insertCode: async (tx, code) => void (await tx.db.insert(codes).values(code)),
    takeCode: async (tx, { hash, codeChallenge }, at) =>
      (
        await tx.db
          .delete(codes)
          .where(
            and(
              eq(codes.hash, hash),
              codeChallenge === null ? isNull(codes.codeChallenge) : eq(codes.codeChallenge, codeChallenge),
              gt(codes.expiresAt, at),
            ),
          )
          .returning({ userId: codes.userId })
      )[0] ?? null,
    async removeExpired(handle, at) {
      await handle.db.delete(states).where(lte(states.expiresAt, at));
      await handle.db.delete(codes).where(lte(codes.expiresAt, at));
    },
  };
}
