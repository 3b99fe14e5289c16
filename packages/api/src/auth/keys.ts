/** API keys. Only a session carries `keys:manage`, so that a leaked key cannot outlive itself. */
import type { Principal } from "@revops/auth";
import { z } from "zod";
import { originOf } from "../credentials/origin.ts";
import type { ApiRequest } from "../edge/request.ts";
import { type Route, route } from "../routes/route.ts";
import { exampleTime } from "../schemas/examples.ts";
import { idOf, listSchema, pageQuerySchema } from "../schemas/schemas.ts";
import type { ApiServices } from "../services.ts";
import { keySchema, newKeyInputSchema, newKeySchema } from "./schemas.ts";

/** Thirty days: an old key that lives on for longer was not rotated. */
const maxOverlapSeconds = 2_592_000;

/** Whose keys they are, and who asks from where. */
const asked = ({ subjectId, userId }: Principal, request: ApiRequest) => ({
  subjectId,
  actorId: userId,
  origin: originOf(request),
});

export function keyRoutes({ auth }: Pick<ApiServices, "auth">): Route[] {
  const params = z.object({ id: idOf("key") });

  return [
    route({
      method: "post",
      path: "/auth/keys",
      summary: "Make an API key",
      description:
        "The key itself is in this answer and nowhere else. With `X-Organization` it is the organization's, and ends when who made it leaves.",
      credentials: "required",
      scope: "keys:manage",
      body: newKeyInputSchema,
      status: 201,
      response: newKeySchema,
      errors: ["invalid_name", "invalid_scope", "invalid_expiry", "invalid_limits"],
      idempotent: "in-transaction",
      example: { body: { name: "production", scopes: ["marketplace:read", "usage:write"] } },
    }).handle(({ principal, body, request, tx }) => auth.apiKeys.create({ ...body, ...asked(principal, request) }, tx)),

    route({
      method: "get",
      path: "/auth/keys",
      summary: "List my API keys",
      credentials: "required",
      scope: "keys:manage",
      query: pageQuerySchema,
      response: listSchema(keySchema),
    }).handle(async ({ principal, query, cursors }) =>
      cursors.list(await auth.apiKeys.list(principal.subjectId, cursors.open(query))),
    ),

    route({
      method: "post",
      path: "/auth/keys/:id/revoke",
      summary: "Revoke an API key",
      credentials: "required",
      scope: "keys:manage",
      params,
      response: keySchema,
      idempotent: "in-transaction",
      example: { response: { revokedAt: exampleTime } },
    }).handle(({ principal, params, request, tx }) =>
      auth.apiKeys.revoke({ ...asked(principal, request), keyId: params.id }, tx),
    ),

    route({
      method: "post",
      path: "/auth/keys/:id/rotate",
      summary: "Replace an API key by a new one",
      description: "The new key has the old one's name, scopes and expiry. The old one ends after `overlapSeconds`.",
      credentials: "required",
      scope: "keys:manage",
      params,
      body: z.strictObject({ overlapSeconds: z.int().min(0).max(maxOverlapSeconds).optional() }),
      status: 201,
      response: newKeySchema,
      errors: ["api_key_not_active"],
      idempotent: "in-transaction",
      example: { body: { overlapSeconds: 3600 } },
    }).handle(({ principal, params, body, request, tx }) =>
      auth.apiKeys.rotate({ ...body, ...asked(principal, request), keyId: params.id }, tx),
    ),
  ];
}
