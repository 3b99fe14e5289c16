/** Access tokens: short-lived, verified without a query, and revocable all the same. */

import { type Clock, createId } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import { LRUCache } from "lru-cache";
import { everyScope } from "../claims/claims.ts";
import { authErrors } from "../errors.ts";
import type { Revocations } from "../revocations/revocations.ts";
import { storableId } from "../storable-id.ts";
import type { User } from "../users/user.ts";
import { type AccessClaims, assertInTime, createClaimsReader } from "./access-claims.ts";
import { createJwt } from "./jwt.ts";
import { type PublicKey, publicKeys, type TokenKeys } from "./key.ts";

/**
 * The tier of a subject, and if it has one the number of that state, which rises with each change. Given a transaction, it reads in
 * that; a log-in asks after its own, which it may share with others.
 */
export type TierOf = (
  subjectId: string,
  tx?: Tx,
) => Promise<string | { readonly tier: string; readonly epoch: number }>;

export interface IssuedToken {
  readonly token: string;
  readonly claims: AccessClaims;
}

export interface Tokens {
  /** Issues an access token for a user's session. `scopes` is `["*"]` unless said otherwise. */
  issue(
    input: { readonly user: User; readonly sessionId: string; readonly scopes?: readonly string[] },
    tx?: Tx,
  ): Promise<IssuedToken>;
  /**
   * Gives the claims of a token that is ours, in time and not revoked.
   * @throws `invalid_token` (detail says why), `token_expired`, `token_revoked`; `database_unavailable` when nobody can
   *   say whether it was revoked
   */
  verify(token: string): Promise<AccessClaims>;
  /**
   * Whether the subject's entitlement has changed since the token was issued, so that its `tier` may be wrong: refresh the
   * session then, or ask `auth.tierOf`. Asks {@link TierOf}; `requireTier` never trusts the claim.
   * @example if (await auth.tokens.isStale(claims)) return response.status(401).end();
   */
  isStale(claims: Pick<AccessClaims, "sub" | "tier" | "epoch">, tx?: Tx): Promise<boolean>;
  /** Revokes one token until it ends: at once here, within a second in other instances. */
  revoke(jti: string, expiresAt: Date, tx?: Tx): Promise<void>;
  /** The key set by which others verify our tokens (RFC 7517); empty when they are signed with a secret. */
  publicKeys(): { readonly keys: readonly PublicKey[] };
}

export interface TokensOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly revocations: Revocations;
  readonly keys: TokenKeys;
  readonly issuer: string;
  readonly audience: string;
  readonly lifetimeSeconds: number;
  readonly tierOf: TierOf;
}

/** Verified tokens at most; each is about half a kilobyte. */
const cacheSize = 10_000;

export function createTokens(options: TokensOptions): Tokens {
  const { database, clock, revocations, keys, issuer, audience, lifetimeSeconds, tierOf } = options;
  const jwt = createJwt({ keys: keys.all, signing: keys.signing, type: "at+jwt" });
  const published = { keys: publicKeys(keys.all) };
  const readClaims = createClaimsReader({ issuer, audience });
  // A signature does not change its mind; time and revocation do, and are asked at each use.
  const verified = new LRUCache<string, AccessClaims>({ max: cacheSize });

  async function entitlementOf(subjectId: string, tx?: Tx): Promise<{ readonly tier: string; readonly epoch: number }> {
    const found = await tierOf(subjectId, tx);
    return typeof found === "string" ? { tier: found, epoch: 0 } : found;
  }

  return {
    async issue({ user, sessionId, scopes = [everyScope] }, tx) {
      const now = clock.now();
      const iat = Math.floor(now.getTime() / 1_000);
      const { tier, epoch } = await entitlementOf(user.id, tx);
      const claims: AccessClaims = {
        sub: user.id,
        email: user.email,
        tier,
        epoch,
        scopes,
        jti: createId("tok", now),
        sid: sessionId,
        iss: issuer,
        aud: audience,
        iat,
        exp: iat + lifetimeSeconds,
      };
      return { token: jwt.sign(claims), claims };
    },

    async verify(token) {
      const cached = verified.get(token);
      const claims = cached ?? readClaims(jwt.verify(token));
      assertInTime(claims, clock.now());
      const news = revocations.fresh();
      if (news) await news;
      if (revocations.has("token", claims.jti) || revocations.has("session", claims.sid)) {
        throw authErrors.token_revoked();
      }
      if (!cached) verified.set(token, claims);
      return claims;
    },

    async isStale({ sub, tier, epoch }, tx) {
      const now = await entitlementOf(sub, tx);
      // Never "older than the token": a replica that lags behind must not send everybody to refresh.
      return now.epoch === epoch ? now.tier !== tier : now.epoch > epoch;
    },

    publicKeys: () => published,

    revoke: (jti, until, tx) =>
      database.transaction((tx) => revocations.add(tx, [{ kind: "token", id: storableId(jti), until }]), tx),
  };
}
