/** Organizations: made, shown, renamed, ended. For signed-in users, since a leaked key must not give away an organization. */
import { z } from "zod";
import { auditEntrySchema, membershipSchema } from "../auth/schemas.ts";
import { originOf } from "../credentials/origin.ts";
import { type Route, route } from "../routes/route.ts";
import { exampleId, exampleTime } from "../schemas/examples.ts";
import { idOf, listSchema, pageQuerySchema } from "../schemas/schemas.ts";
import type { ApiServices } from "../services.ts";
import { asked } from "./asked.ts";
import { organizationNameSchema } from "./schemas.ts";

export function organizationRoutes({ auth }: Pick<ApiServices, "auth">): Route[] {
  const { organizations } = auth;
  const params = z.object({ id: idOf("org") });
  const body = z.strictObject({ name: organizationNameSchema });

  return [
    route({
      method: "post",
      path: "/organizations",
      summary: "Make an organization",
      description: "I am its owner. It is a subject of its own: with a tier, usage, money and keys.",
      credentials: "session",
      body,
      status: 201,
      response: membershipSchema,
      errors: ["invalid_name", "organization_limit_reached", "user_not_found"],
      idempotent: "in-transaction",
      example: { body: { name: "Analytical Engines" } },
    }).handle(({ principal: { userId }, body, request, tx }) =>
      organizations.create({ ...body, userId, origin: originOf(request) }, tx),
    ),

    route({
      method: "get",
      path: "/organizations",
      summary: "List my organizations",
      credentials: "session",
      query: pageQuerySchema,
      response: listSchema(membershipSchema),
    }).handle(async ({ principal, query, cursors }) =>
      cursors.list(await organizations.listOf(principal.userId, cursors.open(query))),
    ),

    route({
      method: "get",
      path: "/organizations/:id",
      summary: "Show one of my organizations",
      credentials: "session",
      params,
      response: membershipSchema,
    }).handle(({ principal: { userId }, params }) => organizations.get({ organizationId: params.id, userId })),

    route({
      method: "patch",
      path: "/organizations/:id",
      summary: "Rename an organization",
      description: "For admins and owners.",
      credentials: "session",
      params,
      body,
      response: membershipSchema,
      errors: ["invalid_name"],
      example: { body: { name: "Difference Engines" }, response: { name: "Difference Engines" } },
    }).handle(async ({ principal, params, body, request }) => {
      await organizations.rename({ ...asked(params.id, principal, request), ...body });
      return organizations.get({ organizationId: params.id, userId: principal.userId });
    }),

    route({
      method: "delete",
      path: "/organizations/:id",
      summary: "Delete an organization",
      description: "For owners. Its members, invitations and keys go at once; its subscription ends without a refund.",
      credentials: "session",
      params,
      idempotent: "in-transaction",
    }).handle(({ principal, params, request, tx }) => organizations.delete(asked(params.id, principal, request), tx)),

    route({
      method: "get",
      path: "/organizations/:id/audit",
      summary: "List what was done to an organization, its members and keys",
      description: "Youngest first; for admins and owners.",
      credentials: "session",
      params,
      query: pageQuerySchema,
      response: listSchema(auditEntrySchema),
      example: {
        response: {
          data: [
            {
              id: exampleId("aud"),
              at: exampleTime,
              userId: exampleId("org"),
              actorId: exampleId("usr"),
              action: "organization.member_added",
              target: exampleId("usr"),
              role: { from: null, to: "member" },
              address: "127.0.0.1",
              userAgent: "curl/8.15.0",
              times: 1,
              lastAt: exampleTime,
            },
          ],
        },
      },
    }).handle(async ({ principal, params, query, cursors, request }) => {
      const page = cursors.open(query, params.id);
      return cursors.list(await organizations.audit(asked(params.id, principal, request), page), params.id);
    }),
  ];
}
