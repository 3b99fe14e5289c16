/** Who may come in: credentials and the rate limit first, since both cost less than anything that follows. */
import { type Auth, authErrors, hasScope, networkOf, organizationRoleAtLeast, type Principal } from "@revops/auth";
import { isRevopsError } from "@revops/core";
import type { Exchange } from "../edge/exchange.ts";
import type { ApiRequest } from "../edge/request.ts";
import { apiErrors } from "../problems/errors.ts";
import { type RateLimits, type RateRequest, type RateVerdict, rateLimited } from "../rate-limits/rate-limits.ts";
import { organizationRoleOf, type RouteSpec } from "../routes/route.ts";
import { presentedCredential } from "./credentials.ts";
import { originOf } from "./origin.ts";

/** Lets a request in. @throws what a request is refused with: 400, 401, 403 and 429 */
export type Admit = (spec: RouteSpec, request: ApiRequest, exchange: Exchange) => Promise<Principal | null>;

export interface AccessOptions {
  readonly auth: Pick<Auth, "authenticate" | "tierOf">;
  readonly rateLimits: RateLimits;
}

export function createAccess({ auth, rateLimits }: AccessOptions): Admit {
  /** @returns something to wait for where the bucket is to be asked */
  function take(request: RateRequest, exchange: Exchange): Promise<void> | undefined {
    const taken = rateLimits.take(request);
    if (taken instanceof Promise) return taken.then((verdict) => tell(verdict, exchange));
    if (taken !== null) tell(taken, exchange);
    return undefined;
  }

  function tell(verdict: RateVerdict, { head }: Exchange): void {
    head.push(...verdict.head);
    if (!verdict.allowed) throw rateLimited(verdict);
  }

  return async (spec, request, exchange) => {
    const { notes } = exchange;
    const limited = spec.rateLimit !== false;
    const cost = spec.rateLimit === undefined || spec.rateLimit === false ? 1 : spec.rateLimit;
    const byAddress = (): RateRequest => ({ policy: "address", key: networkOf(notes.address ?? ""), cost });
    const credential = spec.credentials === "none" ? null : presentedCredential(request.headers);
    if (credential === null) {
      if (limited) await take(byAddress(), exchange);
      if (spec.credentials === "required" || spec.credentials === "session") throw authErrors.missing_credentials();
      return null;
    }
    let principal: Principal;
    try {
      principal = await auth.authenticate({ ...credential, origin: originOf(request, notes.address) });
    } catch (error) {
      // Guessing keys costs from the guesser's address, or it would cost nothing.
      if (limited && isRevopsError(error)) await take(byAddress(), exchange);
      throw error;
    }
    // Noted before it is refused: whose requests are refused is what one looks for.
    notes.subjectId = principal.subjectId;
    notes.credential = idOf(principal);
    if (limited) {
      const tier = rateLimits.byTier ? await auth.tierOf(principal.subjectId) : undefined;
      const byCredential = { policy: "credential", key: notes.credential, cost } as const;
      const taking = take(tier === undefined ? byCredential : { ...byCredential, tier }, exchange);
      if (taking) await taking;
    }
    assertAllowed(spec, principal);
    return principal;
  };
}

/** The id of what was shown, which is no secret. */
function idOf({ credential }: Principal): string {
  return credential.kind === "api_key" ? credential.keyId : credential.sessionId;
}

function assertAllowed(spec: RouteSpec, principal: Principal): void {
  const { credentials, scope, role } = spec;
  if (role !== undefined && principal.role !== role) {
    throw apiErrors.forbidden({ detail: `Only for the role "${role}".` });
  }
  if (credentials === "session" && principal.credential.kind !== "session") {
    throw apiErrors.forbidden({ detail: "Only a signed-in user may do this, not an API key." });
  }
  if (scope !== undefined && !hasScope(principal, scope)) {
    throw authErrors.insufficient_scope({ detail: `This needs the scope "${scope}".`, fields: { scope } });
  }
  const minimum = organizationRoleOf(spec);
  if (principal.organization && !organizationRoleAtLeast(principal.organization.role, minimum)) {
    throw apiErrors.forbidden({ detail: `This needs the role "${minimum}" in the organization.` });
  }
}
