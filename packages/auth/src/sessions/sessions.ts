/**
 * Sessions: a log-in on a device, carried on by refresh tokens that are good for one use. A second use means that two
 * hold the same token, the customer and a thief, and nobody can tell which is which: the session ends (RFC 9700 §4.14.2).
 */
import { type Clock, createId, dayMs, type Page, type PageRequest, secondMs } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import type { AuditLog } from "../audit/audit.ts";
import type { Refusals } from "../audit/refusals.ts";
import { authErrors } from "../errors.ts";
import type { Origin } from "../origins/origin.ts";
import type { Passwords } from "../passwords/passwords.ts";
import type { SharedCommits } from "../passwords/shared-commits.ts";
import type { Revocation, Revocations } from "../revocations/revocations.ts";
import type { Tokens } from "../tokens/tokens.ts";
import { readEmail } from "../users/email.ts";
import type { UserStore } from "../users/store.ts";
import type { User } from "../users/user.ts";
import { createRefreshToken, hashRefreshToken } from "./refresh-token.ts";
import type { Session } from "./session.ts";
import type { SessionEnd, SessionStore } from "./store.ts";

export interface TokenPair {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly tokenType: "Bearer";
  /** How long the access token lives, in seconds. */
  readonly expiresIn: number;
}

export type SignedIn = TokenPair & { readonly user: User };

export interface Sessions {
  /**
   * Opens a session for an e-mail address and password. A wrong password and an unknown address give the same error
   * after the same work. Failures are limited by account and by network; see the README.
   * @throws `invalid_credentials`, `too_many_attempts` (fields.retryAfter, seconds)
   */
  login(credentials: {
    readonly email: string;
    readonly password: string;
    readonly origin?: Origin | undefined;
  }): Promise<SignedIn>;
  /** Opens a session for a user whose identity was proven otherwise, such as by having just registered. */
  open(user: User, tx?: Tx, origin?: Origin): Promise<TokenPair>;
  /**
   * Exchanges a refresh token for a new pair. Of any number of uses at the same time one wins.
   * @throws `invalid_token`; `token_expired`; `token_revoked` when the session was ended; `token_reused` when it was
   *   used before: the whole session, with its newest tokens, is then ended
   */
  refresh(refreshToken: string, origin?: Origin): Promise<SignedIn>;
  /** Ends the session of an access token and that token. Done again, it does nothing. */
  logout(
    credential: {
      readonly sessionId: string;
      readonly jti: string;
      readonly expiresAt: Date;
      readonly origin?: Origin | undefined;
    },
    tx?: Tx,
  ): Promise<void>;
  /** Ends one of a user's sessions and its access tokens. @throws `session_not_found`, for someone else's too */
  end(
    session: { readonly userId: string; readonly sessionId: string; readonly origin?: Origin | undefined },
    tx?: Tx,
  ): Promise<void>;
  /** Ends a user's sessions but one, and their access tokens. */
  endAll(
    which: {
      readonly userId: string;
      readonly exceptSessionId?: string | undefined;
      readonly origin?: Origin | undefined;
    },
    tx?: Tx,
  ): Promise<void>;
  /** A user's sessions that have not ended, youngest first. */
  list(userId: string, page: PageRequest): Promise<Page<Session>>;
  /** Removes what has expired. */
  sweep(): Promise<void>;
}

export interface SessionsOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly store: SessionStore;
  readonly users: UserStore;
  readonly passwords: Passwords;
  readonly commits: SharedCommits;
  readonly tokens: Tokens;
  readonly revocations: Revocations;
  readonly audit: AuditLog;
  readonly refusals: Pick<Refusals, "note">;
  readonly accessTokenSeconds: number;
  readonly refreshTokenSeconds: number;
  readonly sessionSeconds: number;
}

/** What of a pair of tokens is stored; the access token is but signed. */
interface Opened {
  readonly user: User;
  readonly sessionId: string;
  readonly refreshToken: string;
}

/** For a day after its end an old token is still answered with what became of it. */
const sweepDelayMs = dayMs;

export function createSessions(options: SessionsOptions): Sessions {
  const { database, clock, store, users, passwords, commits, tokens, revocations, audit, refusals } = options;
  /** When a session that began then ends unless it is carried on: at its longest life's end whatever is done. */
  const expiryOf = (createdAt: Date, now: Date) =>
    new Date(
      Math.min(
        now.getTime() + options.refreshTokenSeconds * secondMs,
        createdAt.getTime() + options.sessionSeconds * secondMs,
      ),
    );

  /** Its access tokens are refused for as long as the last of them could live. */
  const withTokens = (sessionId: string, now: Date): Revocation => ({
    kind: "session",
    id: sessionId,
    until: new Date(now.getTime() + options.accessTokenSeconds * secondMs),
  });

  async function addRefreshToken(tx: Tx, sessionId: string, createdAt: Date, expiresAt: Date): Promise<string> {
    const { token, hash } = createRefreshToken();
    await store.insertToken(tx, { hash, sessionId, createdAt, expiresAt });
    return token;
  }

  /** Carries a session on; null when it has ended. */
  async function carryOn(tx: Tx, sessionId: string, now: Date): Promise<{ userId: string; expiresAt: Date } | null> {
    const longest = expiryOf(now, now);
    const session = await store.touch(tx, sessionId, now, longest);
    if (!session) return null;
    const expiresAt = expiryOf(session.createdAt, now);
    if (expiresAt < longest) await store.touch(tx, sessionId, now, expiresAt);
    return { userId: session.userId, expiresAt };
  }

  /** @param tx what the user's tier is read in */
  async function pairOf({ user, sessionId, refreshToken }: Opened, tx?: Tx): Promise<TokenPair> {
    const { token } = await tokens.issue({ user, sessionId }, tx);
    return { accessToken: token, refreshToken, tokenType: "Bearer", expiresIn: options.accessTokenSeconds };
  }

  async function endSession(
    tx: Tx,
    session: { id: string; userId?: string },
    reason: SessionEnd,
    { origin, also = [] }: { origin?: Origin | undefined; also?: Revocation[] } = {},
  ): Promise<boolean> {
    const now = clock.now();
    const ended = await store.end(tx, session, reason, now);
    if (ended) {
      const { userId } = ended;
      const [action, actorId] =
        reason === "token_reused" ? (["session.reuse_detected", null] as const) : (["session.ended", userId] as const);
      await audit.record(tx, { action, userId, actorId, target: session.id, origin });
    }
    const revoked = ended ? [withTokens(session.id, now), ...also] : also;
    if (revoked.length > 0) await revocations.add(tx, revoked);
    return ended !== null;
  }

  /** Why a token could not be used. The error is handed back, since throwing it would undo the end of the session. */
  async function refuse(tx: Tx, hash: string, origin: Origin | undefined): Promise<Error> {
    const token = await store.findToken(tx, hash);
    if (!token) return authErrors.invalid_token({ detail: "There is no such refresh token." });
    if (token.usedAt === null) return authErrors.token_expired();
    await endSession(tx, { id: token.sessionId }, "token_reused", { origin });
    return authErrors.token_reused();
  }

  async function open(tx: Tx, user: User, origin?: Origin): Promise<Opened> {
    const now = clock.now();
    const session = { id: createId("ses", now), userId: user.id, createdAt: now, lastUsedAt: now };
    const expiresAt = expiryOf(now, now);
    await store.insert(tx, { ...session, expiresAt });
    await audit.record(tx, {
      action: "session.opened",
      userId: user.id,
      actorId: user.id,
      target: session.id,
      origin,
    });
    return { user, sessionId: session.id, refreshToken: await addRefreshToken(tx, session.id, now, expiresAt) };
  }

  return {
    async login({ email, password, origin }) {
      const signIn = async () => {
        const proof = await passwords.prove(readEmail(email), password, "login.failed", origin);
        return commits.run(async (tx) => {
          // A password that was changed meanwhile opens nothing: the change has ended every session by now.
          const user = (await passwords.confirm(tx, proof)) ? await users.find(tx, proof.userId) : null;
          return user && open(tx, user, origin);
        });
      };
      // Once more: what changed may have been but the hash, by another log-in with the same password.
      const opened = (await signIn()) ?? (await signIn());
      if (!opened) throw authErrors.invalid_credentials();
      // After the commit, which others may share: the tier is somebody else's to read, in a transaction of its own.
      return { ...(await pairOf(opened)), user: opened.user };
    },

    open: (user, tx, origin) => database.transaction(async (tx) => pairOf(await open(tx, user, origin), tx), tx),

    async refresh(refreshToken, origin) {
      const hash = hashRefreshToken(refreshToken);
      if (hash === null) throw authErrors.invalid_token({ detail: "This is not a refresh token." });
      const outcome = await database.transaction(async (tx) => {
        const now = clock.now();
        const used = await store.useToken(tx, hash, now);
        if (!used) return refuse(tx, hash, origin);
        const session = await carryOn(tx, used.sessionId, now);
        const user = session && (await users.find(tx, session.userId));
        if (!user) {
          const owner = await store.ownerOf(tx, used.sessionId);
          const refused = { action: "session.refresh_refused", actorId: null, target: used.sessionId, origin } as const;
          if (owner) refusals.note({ ...refused, ...owner });
          return authErrors.token_revoked();
        }
        // Of one that began before there was a longest life.
        if (session.expiresAt <= now) return authErrors.token_expired();
        const refreshToken = await addRefreshToken(tx, used.sessionId, now, session.expiresAt);
        return { ...(await pairOf({ user, sessionId: used.sessionId, refreshToken }, tx)), user };
      });
      if (outcome instanceof Error) throw outcome;
      return outcome;
    },

    logout: ({ sessionId, jti, expiresAt, origin }, tx) =>
      database.transaction(async (tx) => {
        await endSession(tx, { id: sessionId }, "logout", {
          origin,
          also: [{ kind: "token", id: jti, until: expiresAt }],
        });
      }, tx),

    end: ({ userId, sessionId, origin }, tx) =>
      database.transaction(async (tx) => {
        const ended = await endSession(tx, { id: sessionId, userId }, "ended", { origin });
        if (!ended) throw authErrors.session_not_found();
      }, tx),

    endAll: ({ userId, exceptSessionId, origin }, tx) =>
      database.transaction(async (tx) => {
        const now = clock.now();
        const ended = await store.endAll(tx, userId, exceptSessionId, "ended", now);
        if (ended.length > 0) {
          const what = { action: "session.ended", userId, actorId: userId, origin } as const;
          await audit.record(tx, ...ended.map((target) => ({ ...what, target })));
          await revocations.add(
            tx,
            ended.map((id) => withTokens(id, now)),
          );
        }
      }, tx),

    list: (userId, page) => store.list(database, userId, page, clock.now()),

    sweep: () => database.transaction((tx) => store.removeExpired(tx, new Date(clock.now().getTime() - sweepDelayMs))),
  };
}
