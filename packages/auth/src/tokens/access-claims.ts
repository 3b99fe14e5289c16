/** What an access token says, and when it says it. */
import { authErrors } from "../errors.ts";
import { invalid } from "./compact.ts";

/** The claims of an access token (RFC 9068), and what our own packages need. Times are whole seconds since 1970, UTC. */
export interface AccessClaims {
  /** The user's id. */
  readonly sub: string;
  readonly email: string;
  /** The tier when the token was issued: for display and quick refusals. Quotas ask the entitlement itself. */
  readonly tier: string;
  /** Which state of the entitlement `tier` was read from; a higher one at the source says that it has changed since. */
  readonly epoch: number;
  readonly scopes: readonly string[];
  /** The token's own id, by which it is revoked. */
  readonly jti: string;
  /** The session that it belongs to. */
  readonly sid: string;
  readonly iss: string;
  readonly aud: string;
  readonly iat: number;
  readonly exp: number;
  readonly nbf?: number | undefined;
}

export interface Audience {
  readonly issuer: string;
  readonly audience: string;
}

const maxTextLength = 512;
const maxScopes = 100;

// By hand: on the path of every token that is seen for the first time, where a schema costs as much as the signature.
const isText = (value: unknown): value is string =>
  typeof value === "string" && value.length > 0 && value.length <= maxTextLength;
const isWhole = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isSecond = (value: unknown): value is number => isWhole(value) && value > 0;
const areScopes = (value: unknown): value is string[] =>
  Array.isArray(value) && value.length <= maxScopes && value.every(isText);

/** Makes the reader of a payload. @throws `invalid_token` (by the reader) */
export function createClaimsReader({ issuer, audience }: Audience): (payload: unknown) => AccessClaims {
  const rules: { readonly [Name in keyof Required<AccessClaims>]: (value: unknown) => boolean } = {
    sub: isText,
    email: isText,
    tier: isText,
    epoch: isWhole,
    scopes: areScopes,
    jti: isText,
    sid: isText,
    // One audience as text: a token that is also meant for someone else could be replayed here by them.
    iss: (value) => value === issuer,
    aud: (value) => value === audience,
    iat: isSecond,
    exp: isSecond,
    nbf: (value) => value === undefined || isSecond(value),
  };
  const entries = Object.entries(rules);
  return (payload) => {
    if (typeof payload !== "object" || payload === null || Array.isArray(payload)) throw invalid("It has no claims.");
    const given = payload as Record<string, unknown>;
    const wrong = entries.filter(([name, isRight]) => !isRight(Object.hasOwn(given, name) ? given[name] : undefined));
    if (wrong.length > 0) {
      throw invalid(`Claims are missing or wrong: ${wrong.map(([name]) => name).join(", ")}.`);
    }
    // Each member that is named here was judged by its rule above; others are left out.
    const { sub, email, tier, epoch, scopes, jti, sid, iss, aud, iat, exp, nbf } = payload as AccessClaims;
    const claims = { sub, email, tier, epoch, scopes, jti, sid, iss, aud, iat, exp };
    return nbf === undefined ? claims : { ...claims, nbf };
  };
}

/** Clocks of two instances differ; a token that one has just issued must be good at the other. */
const skewSeconds = 30;

/**
 * Checks that a token is valid now.
 * @throws `token_expired`; `invalid_token` when it was issued in the future
 */
export function assertInTime({ iat, exp, nbf }: AccessClaims, now: Date): void {
  const second = now.getTime() / 1_000;
  if (second >= exp) throw authErrors.token_expired();
  if (iat > second + skewSeconds || (nbf ?? 0) > second + skewSeconds) throw invalid("It is from the future.");
  if (iat >= exp) throw invalid("It ends before it begins.");
}
