import type { OrganizationRequest, Principal } from "@revops/auth";
import { originOf } from "../credentials/origin.ts";
import type { ApiRequest } from "../edge/request.ts";

/** Who asks for something of which organization, and from where. The path names it, whatever `X-Organization` says. */
export const asked = (
  organizationId: string,
  { userId }: Pick<Principal, "userId">,
  request: ApiRequest,
): OrganizationRequest & { readonly actorId: string } => ({
  organizationId,
  actorId: userId,
  origin: originOf(request),
});
