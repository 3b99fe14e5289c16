/** Who is asking: one answer for both kinds of credential. */
import type { Database } from "@revops/database";
import { LRUCache } from "lru-cache";
import type { ApiKeys } from "../api-keys/api-keys.ts";
import { keyPrefix } from "../api-keys/key-text.ts";
import { authErrors } from "../errors.ts";
import type { Origin } from "../origins/origin.ts";
import type { Revocations } from "../revocations/revocations.ts";
import type { Tokens } from "../tokens/tokens.ts";
import type { UserStore } from "../users/store.ts";
import type { Role, User } from "../users/user.ts";

export interface Principal {
  /** Who owns what is made and pays for what is used. */
  readonly subjectId: string;
  readonly userId: string;
  readonly email: string;
  /** As it is now, not as it was when a token was issued. */
  readonly role: Role;
  /** A session carries `*`. A key carries what it was given, `*` spelt out, and never `keys:manage`. */
  readonly scopes: readonly string[];
  readonly credential:
    | { readonly kind: "session"; readonly jti: string; readonly sessionId: string; readonly expiresAt: Date }
    | { readonly kind: "api_key"; readonly keyId: string };
}

/** What a request brought: an `Authorization: Bearer` without its scheme, and an `X-Api-Key`. */
export interface Credential {
  readonly bearer?: string | undefined;
  readonly apiKey?: string | undefined;
  /** Where it came from, for the audit log if a key is refused. */
  readonly origin?: Origin | undefined;
}

/**
 * Gives who is asking. A bearer that begins with `rvk_` is an API key. With two credentials of one user the bearer counts.
 * @throws `missing_credentials`, `ambiguous_credentials`, `invalid_token`, `token_expired`, `token_revoked`, `invalid_api_key`
 */
export type Authenticate = (credential: Credential) => Promise<Principal>;

export interface AuthenticateOptions {
  readonly database: Database;
  readonly users: UserStore;
  readonly tokens: Tokens;
  readonly apiKeys: ApiKeys;
  readonly revocations: Revocations;
}

/** Users at most; each is a few hundred bytes. */
const cacheSize = 50_000;

export function createAuthenticate(options: AuthenticateOptions): Authenticate {
  const { database, users, tokens, apiKeys, revocations } = options;
  const known = new LRUCache<string, User>({ max: cacheSize });
  revocations.onChange("user", (userId) => known.delete(userId));

  async function userOf(userId: string): Promise<User | null> {
    const cached = known.get(userId);
    if (cached) return cached;
    const epoch = revocations.epoch();
    const user = await users.find(database, userId);
    // A change that came while the row was under way has already looked for an entry to drop.
    if (user && epoch === revocations.epoch()) known.set(userId, user);
    return user;
  }

  async function ofToken(token: string): Promise<Principal> {
    const claims = await tokens.verify(token);
    const user = await userOf(claims.sub);
    if (!user) throw authErrors.invalid_token({ detail: "Its user is gone." });
    return {
      subjectId: user.id,
      userId: user.id,
      email: user.email,
      role: user.role,
      scopes: claims.scopes,
      credential: { kind: "session", jti: claims.jti, sessionId: claims.sid, expiresAt: new Date(claims.exp * 1_000) },
    };
  }

  async function ofKey(key: string, origin?: Origin): Promise<Principal> {
    const { keyId, subjectId, scopes } = await apiKeys.verify(key, { origin });
    const user = await userOf(subjectId);
    if (!user) throw authErrors.invalid_api_key();
    const { id: userId, email, role } = user;
    return { subjectId, userId, email, role, scopes, credential: { kind: "api_key", keyId } };
  }

  const ofBearer = (bearer: string, origin?: Origin) =>
    bearer.startsWith(keyPrefix) ? ofKey(bearer, origin) : ofToken(bearer);

  return async ({ bearer, apiKey, origin }) => {
    if (bearer === undefined) {
      if (apiKey === undefined) throw authErrors.missing_credentials();
      return ofKey(apiKey, origin);
    }
    const principal = await ofBearer(bearer, origin);
    if (apiKey !== undefined && (await ofKey(apiKey, origin)).userId !== principal.userId) {
      throw authErrors.ambiguous_credentials();
    }
    return principal;
  };
}
