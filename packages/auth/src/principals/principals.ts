/** Who is asking: one answer for both kinds of credential. */
import type { Database } from "@revops/database";
import { LRUCache } from "lru-cache";
import type { ApiKeys } from "../api-keys/api-keys.ts";
import { keyPrefix } from "../api-keys/key-text.ts";
import { authErrors } from "../errors.ts";
import type { RoleOf } from "../organizations/membership.ts";
import { isOrganizationId, type OrganizationRole, organizationNotFound } from "../organizations/organization.ts";
import type { Origin } from "../origins/origin.ts";
import type { Revocations } from "../revocations/revocations.ts";
import type { Tokens } from "../tokens/tokens.ts";
import type { UserStore } from "../users/store.ts";
import type { Role, User } from "../users/user.ts";

export interface Principal {
  /** Who owns what is made and pays for what is used: the user, or the organization that they act for. */
  readonly subjectId: string;
  /** Who acts; for a key of an organization the user who made it. */
  readonly userId: string;
  readonly email: string;
  /** As it is now, not as it was when a token was issued. A key of an organization is `user`, whoever made it. */
  readonly role: Role;
  /** The organization that is acted for, and what the user is in it now; null for who acts for themselves. */
  readonly organization: { readonly id: string; readonly role: OrganizationRole } | null;
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
  /** `X-Organization`: the organization that a session acts for. A key acts for whose it is, with or without saying so. */
  readonly organization?: string | undefined;
}

/**
 * Gives who is asking. A bearer that begins with `rvk_` is an API key. With two credentials of one user the bearer counts.
 * @throws `missing_credentials`, `ambiguous_credentials`, `invalid_token`, `token_expired`, `token_revoked`, `invalid_api_key`;
 *   `organization_not_found` for an organization of which the user is no member, `forbidden` for a key of somebody else
 */
export type Authenticate = (credential: Credential) => Promise<Principal>;

export interface AuthenticateOptions {
  readonly database: Database;
  readonly users: UserStore;
  readonly tokens: Tokens;
  readonly apiKeys: Pick<ApiKeys, "verify">;
  readonly revocations: Revocations;
  readonly roleOf: RoleOf;
}

/** Users at most; each is a few hundred bytes. */
const cacheSize = 50_000;

export function createAuthenticate(options: AuthenticateOptions): Authenticate {
  const { database, users, tokens, apiKeys, revocations, roleOf } = options;
  const known = new LRUCache<string, User>({ max: cacheSize });
  revocations.onChange("user", (userId) => known.delete(userId));

  async function readUser(userId: string): Promise<User | null> {
    const epoch = revocations.epoch();
    const user = await users.find(database, userId);
    // A change that came while the row was under way has already looked for an entry to drop.
    if (user && epoch === revocations.epoch()) known.set(userId, user);
    return user;
  }

  async function ofToken(token: string, organizationId: string | undefined): Promise<Principal> {
    const claims = await tokens.verify(token);
    const user = known.get(claims.sub) ?? (await readUser(claims.sub));
    if (!user) throw authErrors.invalid_token({ detail: "Its user is gone." });
    const { id: userId, email, role } = user;
    const organization = organizationId === undefined ? null : await placeOf(organizationId, userId);
    if (organizationId !== undefined && !organization) throw organizationNotFound();
    return {
      subjectId: organization?.id ?? userId,
      userId,
      email,
      role,
      organization,
      scopes: claims.scopes,
      credential: { kind: "session", jti: claims.jti, sessionId: claims.sid, expiresAt: new Date(claims.exp * 1_000) },
    };
  }

  async function placeOf(id: string, userId: string): Promise<Principal["organization"]> {
    const role = await roleOf({ organizationId: id, userId });
    return role && { id, role };
  }

  async function ofKey(key: string, origin: Origin | undefined): Promise<Principal> {
    const { keyId, subjectId, createdBy, scopes } = await apiKeys.verify(key, { origin });
    const credential = { kind: "api_key", keyId } as const;
    if (!isOrganizationId(subjectId)) {
      const user = known.get(subjectId) ?? (await readUser(subjectId));
      if (!user) throw authErrors.invalid_api_key();
      const { id: userId, email, role } = user;
      return { subjectId, userId, email, role, organization: null, scopes, credential };
    }
    // A key does no more than who made it may do today, and nothing once they are gone.
    const organization = await placeOf(subjectId, createdBy);
    const user = organization && (known.get(createdBy) ?? (await readUser(createdBy)));
    if (!user) throw authErrors.invalid_api_key();
    return { subjectId, userId: user.id, email: user.email, role: "user", organization, scopes, credential };
  }

  function ofOwnKey(key: string, { organization, origin }: Credential): Promise<Principal> {
    const found = ofKey(key, origin);
    if (organization === undefined) return found;
    return found.then((principal) => {
      if (organization === principal.subjectId) return principal;
      throw authErrors.forbidden({
        detail: "An API key acts for whose it is; only a session chooses an organization.",
      });
    });
  }

  const ofBearer = (bearer: string, credential: Credential) =>
    bearer.startsWith(keyPrefix) ? ofOwnKey(bearer, credential) : ofToken(bearer, credential.organization);

  async function ofBoth(bearer: string, apiKey: string, credential: Credential): Promise<Principal> {
    const principal = await ofBearer(bearer, credential);
    const { userId, subjectId } = await ofKey(apiKey, credential.origin);
    // The same person for two who pay is as unclear as two persons.
    if (userId !== principal.userId || subjectId !== principal.subjectId) throw authErrors.ambiguous_credentials();
    return principal;
  }

  // On every request's path: no async function around what is a promise already.
  return (credential) => {
    const { bearer, apiKey } = credential;
    if (typeof bearer === "string") {
      return apiKey === undefined ? ofBearer(bearer, credential) : ofBoth(bearer, apiKey, credential);
    }
    return apiKey === undefined ? Promise.reject(authErrors.missing_credentials()) : ofOwnKey(apiKey, credential);
  };
}
