/** API keys. Only a session carries `keys:manage`, so that a leaked key cannot outlive itself. */
import { z } from "zod";
import { type Route, route } from "../routes/route.ts";
import { idSchema, listSchema, pageQuerySchema } from "../schemas/schemas.ts";
import type { ApiServices } from "../services.ts";
import { keySchema, newKeyInputSchema, newKeySchema } from "./schemas.ts";

/** Thirty days: an old key that lives on for longer was not rotated. */
const maxOverlapSeconds = 2_592_000;

export function keyRoutes({ auth }: Pick<ApiServices, "auth">): Route[] {
  const params = z.object({ id: idSchema });

  return [
    route({
      method: "post",
      path: "/auth/keys",
      summary: "Make an API key",
      description: "The key itself is in this answer and nowhere else.",
      credentials: "required",
      scope: "keys:manage",
      body: newKeyInputSchema,
      status: 201,
      response: newKeySchema,
      errors: ["invalid_name", "invalid_scope", "invalid_expiry"],
      idempotent: true,
    }).handle(({ principal: { subjectId }, body }) => auth.apiKeys.create({ ...body, subjectId })),

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
      idempotent: true,
    }).handle(({ principal: { subjectId }, params }) => auth.apiKeys.revoke({ subjectId, keyId: params.id })),

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
      idempotent: true,
    }).handle(({ principal: { subjectId }, params, body }) =>
      auth.apiKeys.rotate({ ...body, subjectId, keyId: params.id }),
    ),
  ];
}
