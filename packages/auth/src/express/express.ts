/**
 * Express middleware: who is asking, and whether they may. Needs nothing of RevOps but `createAuth`; Express itself is
 * imported for its types only.
 */
import { isRevopsError } from "@revops/core";
import type { NextFunction, Request, RequestHandler, Response } from "express";
import type { Auth } from "../auth.ts";
import { atLeast, hasScope, standardTierLevels, type TierLevels } from "../claims/claims.ts";
import { authErrors } from "../errors.ts";
import type { OrganizationRole } from "../organizations/organization.ts";
import { organizationRoleAtLeast } from "../organizations/roles.ts";
import type { Principal } from "../principals/principals.ts";
import type { Role } from "../users/user.ts";
import { credentialOf } from "./credential.ts";
import { sendRefusal, statusOf } from "./refusals.ts";

/** What `authenticate` needs of auth. */
export type Authenticates = Pick<Auth, "authenticate">;

export interface AuthenticateOptions {
  /** Lets requests without credentials in, with no principal; wrong credentials are refused all the same. */
  readonly optional?: boolean | undefined;
}

/**
 * Finds out who is asking: `Authorization: Bearer <access token or API key>`, or `X-Api-Key`; with `X-Organization: org_…`
 * beside a session, for which of the user's organizations (404 `organization_not_found` for others). Everything that follows
 * reads it by {@link principalOf}. Refusals are answered as `application/problem+json` (RFC 9457) with a stable `code`;
 * what is no refusal, such as a database that is away, goes to your error handler.
 * @example app.use("/reports", authenticate(auth), requireScope("reports:read"), reports);
 */
export function authenticate(auth: Authenticates, { optional = false }: AuthenticateOptions = {}): RequestHandler {
  return guard(async (request, response) => {
    const credential = credentialOf(request.headers);
    if (credential === null && optional) return;
    const origin = { address: request.ip, userAgent: request.headers["user-agent"] };
    response.locals[principalKey] = await auth.authenticate({ ...credential, origin });
  });
}

/**
 * Who is asking, after {@link authenticate}.
 * @throws `missing_credentials` when nobody was asked to show any
 * @example app.get("/mine", authenticate(auth), (_request, response) => response.json(listOf(principalOf(response).subjectId)));
 */
export function principalOf(response: Pick<Response, "locals">): Principal {
  const principal: Principal | undefined = response.locals[principalKey];
  if (!principal) throw authErrors.missing_credentials();
  return principal;
}

/**
 * Answers 403 `insufficient_scope` unless the credential carries the scope. A session carries all.
 * @example app.get("/invoices", requireScope("billing:read"), listInvoices);
 */
export function requireScope(scope: string): RequestHandler {
  return guard((_request, response) => {
    if (hasScope(principalOf(response), scope)) return;
    throw authErrors.insufficient_scope({ detail: `This needs the scope "${scope}".`, fields: { scope } });
  });
}

/**
 * Answers 403 `forbidden` unless the user has the role as it is now.
 * @example app.use("/admin", requireRole("admin"), admin);
 */
export function requireRole(role: Role): RequestHandler {
  return guard((_request, response) => {
    if (principalOf(response).role !== role) throw authErrors.forbidden({ detail: `This needs the role "${role}".` });
  });
}

/**
 * Answers 403 `forbidden` unless an organization is acted for in which the user has this role or one above it, as it is
 * now: by a session that chose it with `X-Organization`, or by one of its keys, which may do what who made it may do.
 * @example app.delete("/projects/:id", requireOrganizationRole("admin"), removeProject);
 */
export function requireOrganizationRole(minimum: OrganizationRole): RequestHandler {
  return guard((_request, response) => {
    const { organization } = principalOf(response);
    if (organization && organizationRoleAtLeast(organization.role, minimum)) return;
    throw authErrors.forbidden({ detail: `This needs the role "${minimum}" in an organization.`, fields: { minimum } });
  });
}

/**
 * Answers 403 `tier_required` unless the subject is of this tier or above it, as `createAuth({ tierOf })` says now:
 * whoever upgraded a second ago is let in with the token they have.
 * @example app.get("/forecast", requireTier(auth, "pro"), showForecast);
 * @throws `unknown_tier` at once when the tier is not in `levels`
 */
export function requireTier(
  auth: Pick<Auth, "tierOf">,
  minimum: string,
  levels: TierLevels = standardTierLevels,
): RequestHandler {
  atLeast(minimum, minimum, levels);
  return guard(async (_request, response) => {
    const tier = await auth.tierOf(principalOf(response).subjectId);
    if (atLeast(tier, minimum, levels)) return;
    throw authErrors.tier_required({ detail: `This needs the tier "${minimum}".`, fields: { tier, minimum } });
  });
}

/** Apart from the names that an application gives its own locals. */
const principalKey = "revops.principal";

function guard(check: (request: Request, response: Response) => Promise<void> | void): RequestHandler {
  return async (request: Request, response: Response, next: NextFunction) => {
    try {
      await check(request, response);
    } catch (error) {
      if (isRevopsError(error) && statusOf(error) !== undefined) return sendRefusal(response, error);
      return next(error);
    }
    next();
  };
}
