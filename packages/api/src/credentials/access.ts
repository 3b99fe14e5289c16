/** Who may come in: credentials and the rate limit first, since both cost less than anything that follows. */
import { type Auth, authErrors, hasScope, networkOf, organizationRoleAtLeast, type Principal } from "@revops/auth";
import { isRevopsError } from "@revops/core";
import type { Request, Response } from "express";
import type { AccessLog } from "../access-log/access-log.ts";
import { apiErrors } from "../problems/errors.ts";
import { type RateLimits, type RateRequest, rateLimited } from "../rate-limits/rate-limits.ts";
import { organizationRoleOf, type RouteSpec } from "../routes/route.ts";
import { presentedCredential } from "./credentials.ts";
import { originOf } from "./origin.ts";

/** Lets a request in. @throws what a request is refused with: 400, 401, 403 and 429 */
export type Admit = (spec: RouteSpec, request: Request, response: Response) => Promise<Principal | null>;

export interface AccessOptions {
  readonly accessLog: Pick<AccessLog, "notes">;
  readonly auth: Pick<Auth, "authenticate" | "tierOf">;
  readonly rateLimits: RateLimits;
}

export function createAccess({ accessLog, auth, rateLimits }: AccessOptions): Admit {
  async function take(request: RateRequest, response: Response): Promise<void> {
    const verdict = await rateLimits.take(request);
    if (verdict === null) return;
    response.set(verdict.headers);
    if (!verdict.allowed) throw rateLimited(verdict);
  }

  return async (spec, request, response) => {
    const limited = spec.rateLimit !== false;
    const cost = spec.rateLimit === undefined || spec.rateLimit === false ? 1 : spec.rateLimit;
    const byAddress: RateRequest = { policy: "address", key: networkOf(request.ip ?? ""), cost };
    const credential = spec.credentials === "none" ? null : presentedCredential(request.headers);
    if (credential === null) {
      if (limited) await take(byAddress, response);
      if (spec.credentials === "required" || spec.credentials === "session") throw authErrors.missing_credentials();
      return null;
    }
    const principal = await auth
      .authenticate({ ...credential, origin: originOf(request) })
      .catch(async (error: unknown) => {
        // Guessing keys costs from the guesser's address, or it would cost nothing.
        if (limited && isRevopsError(error)) await take(byAddress, response);
        throw error;
      });
    const credentialId = idOf(principal);
    // Noted before it is refused: whose requests are refused is what one looks for.
    Object.assign(accessLog.notes(response), { subjectId: principal.subjectId, credential: credentialId });
    if (limited) {
      const tier = rateLimits.byTier ? await auth.tierOf(principal.subjectId) : undefined;
      await take({ policy: "credential", key: credentialId, cost, ...(tier === undefined ? {} : { tier }) }, response);
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
