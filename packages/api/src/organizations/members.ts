/** Who is in an organization. */
import { z } from "zod";
import { type Route, route } from "../routes/route.ts";
import { exampleId } from "../schemas/examples.ts";
import { idOf, idSchema, listSchema, pageQuerySchema } from "../schemas/schemas.ts";
import type { ApiServices } from "../services.ts";
import { asked } from "./asked.ts";
import { memberSchema, organizationRoleSchema } from "./schemas.ts";

export function memberRoutes({ auth }: Pick<ApiServices, "auth">): Route[] {
  const { members } = auth.organizations;
  const params = z.object({ id: idOf("org") });
  const ofMember = z.object({ id: idOf("org"), userId: idOf("usr") });

  return [
    route({
      method: "get",
      path: "/organizations/:id/members",
      summary: "List the members of an organization",
      credentials: "session",
      params,
      query: pageQuerySchema,
      response: listSchema(memberSchema),
    }).handle(async ({ principal, params, query, cursors, request }) => {
      const page = cursors.open(query, params.id);
      return cursors.list(await members.list(asked(params.id, principal, request), page), params.id);
    }),

    route({
      method: "patch",
      path: "/organizations/:id/members/:userId",
      summary: "Change a member's role",
      description: "Admins change members and admins, owners everybody. The last owner stays one: 409 `last_owner`.",
      credentials: "session",
      params: ofMember,
      body: z.strictObject({ role: organizationRoleSchema }),
      errors: ["last_owner"],
      example: { body: { role: "admin" } },
    }).handle(({ principal, params: { id, userId }, body, request }) =>
      members.setRole({ ...asked(id, principal, request), userId, ...body }),
    ),

    route({
      method: "delete",
      path: "/organizations/:id/members/:userId",
      summary: "Remove a member, or leave",
      description:
        "Admins remove members and admins, owners everybody; anyone leaves. The keys that they made and what they invited go with them. The last owner stays: 409 `last_owner`.",
      credentials: "session",
      params: ofMember,
      errors: ["last_owner"],
      idempotent: "in-transaction",
    }).handle(({ principal, params: { id, userId }, request, tx }) =>
      members.remove({ ...asked(id, principal, request), userId }, tx),
    ),

    route({
      method: "post",
      path: "/organizations/:id/transfer",
      summary: "Hand an organization over to another member",
      description: "For owners. The other one is an owner then, and I am an admin.",
      credentials: "session",
      params,
      body: z.strictObject({ userId: idSchema }),
      idempotent: "in-transaction",
      example: { body: { userId: exampleId("usr") } },
    }).handle(({ principal, params, body, request, tx }) =>
      members.transferOwnership({ ...asked(params.id, principal, request), ...body }, tx),
    ),
  ];
}
