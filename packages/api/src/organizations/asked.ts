import type { OrganizationRequest, Principal } from "@revops/auth";
import type { Request } from "express";
import { originOf } from "../credentials/origin.ts";

/** Who asks for something of which organization, and from where. The path names it, whatever `X-Organization` says. */
export const asked = (
  organizationId: string,
  { userId }: Pick<Principal, "userId">,
  request: Request,
): OrganizationRequest & { readonly actorId: string } => ({
  organizationId,
  actorId: userId,
  origin: originOf(request),
});
