/** What an access token says, and when it says it. */
import { z } from "zod";
import { authErrors } from "../errors.ts";
import { invalid } from "./compact.ts";

/** The claims of an access token (RFC 9068), and what our own packages need. Times are whole seconds since 1970, UTC. */
export interface AccessClaims {
  /** The user's id. */
  readonly sub: string;
  readonly email: string;
  /** The tier when the token was issued: for display and quick refusals. Quotas ask the entitlement itself. */
  readonly tier: string;
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

const name = z.string().min(1).max(512);
const seconds = z.int().positive();

/** Makes the reader of a payload. @throws `invalid_token` (by the reader) */
export function createClaimsReader({ issuer, audience }: Audience): (payload: unknown) => AccessClaims {
  const schema = z.object({
    sub: name,
    email: name,
    tier: name,
    scopes: z.array(name).max(100),
    jti: name,
    sid: name,
    // One audience as text: a token that is also meant for someone else could be replayed here by them.
    iss: z.literal(issuer),
    aud: z.literal(audience),
    iat: seconds,
    exp: seconds,
    nbf: seconds.optional(),
  });
  return (payload) => {
    const read = schema.safeParse(payload);
    if (read.success) return read.data;
    const claims = [...new Set(read.error.issues.map((issue) => String(issue.path[0] ?? "payload")))];
    throw invalid(`Claims are missing or wrong: ${claims.join(", ")}.`);
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
