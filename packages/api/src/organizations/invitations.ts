/** Inviting, and taking an invitation up. */
import { z } from "zod";
import { codeSchema, emailSchema, membershipSchema } from "../auth/schemas.ts";
import { originOf } from "../credentials/origin.ts";
import { type Route, route } from "../routes/route.ts";
import { idOf, listSchema, pageQuerySchema } from "../schemas/schemas.ts";
import type { ApiServices } from "../services.ts";
import { asked } from "./asked.ts";
import { invitationSchema, organizationRoleSchema, receivedInvitationSchema } from "./schemas.ts";

export function invitationRoutes({ auth }: Pick<ApiServices, "auth">): Route[] {
  const { invitations } = auth.organizations;
  const params = z.object({ id: idOf("org") });
  const received = z.object({ id: idOf("inv") });

  return [
    route({
      method: "post",
      path: "/organizations/:id/invitations",
      summary: "Invite someone by letter",
      description:
        "For admins and owners; only owners invite owners. Whether the address has an account or not, it is good for seven days. Said again, the code of the earlier letter is worth nothing.",
      credentials: "session",
      params,
      body: z.strictObject({ email: emailSchema, role: organizationRoleSchema.optional() }),
      status: 201,
      response: invitationSchema,
      errors: ["invalid_email", "already_member", "too_many_invitations"],
      idempotent: "in-transaction",
      example: { body: { email: "charles@example.com", role: "member" } },
    }).handle(({ principal, params, body, request, tx }) =>
      invitations.create({ ...asked(params.id, principal, request), ...body }, tx),
    ),

    route({
      method: "get",
      path: "/organizations/:id/invitations",
      summary: "List the open invitations of an organization",
      description: "For admins and owners.",
      credentials: "session",
      params,
      query: pageQuerySchema,
      response: listSchema(invitationSchema),
    }).handle(async ({ principal, params, query, cursors, request }) => {
      const page = cursors.open(query, params.id);
      return cursors.list(await invitations.list(asked(params.id, principal, request), page), params.id);
    }),

    route({
      method: "delete",
      path: "/organizations/:id/invitations/:invitationId",
      summary: "Take an invitation back",
      description: "For admins and owners.",
      credentials: "session",
      params: z.object({ id: idOf("org"), invitationId: idOf("inv") }),
      idempotent: "in-transaction",
    }).handle(({ principal, params: { id, invitationId }, request, tx }) =>
      invitations.revoke({ ...asked(id, principal, request), invitationId }, tx),
    ),

    route({
      method: "get",
      path: "/auth/invitations",
      summary: "List what I am invited to",
      description: "Nothing as long as my address is not verified.",
      credentials: "session",
      query: pageQuerySchema,
      response: listSchema(receivedInvitationSchema),
      errors: ["user_not_found"],
    }).handle(async ({ principal, query, cursors }) =>
      cursors.list(await invitations.listFor(principal.userId, cursors.open(query))),
    ),

    route({
      method: "post",
      path: "/auth/invitations/accept",
      summary: "Accept an invitation with the code of its letter",
      description: "A code works once. If it was sent to my own address, that is verified by it.",
      credentials: "session",
      body: z.strictObject({ code: codeSchema }),
      response: membershipSchema,
      errors: ["invalid_code", "already_member", "user_not_found"],
      example: { body: { code: "rvc_4ZQh1vJm8sXkT2wYb6NcRg" }, response: { role: "member" } },
    }).handle(({ principal: { userId }, body, request }) =>
      invitations.accept({ userId, ...body, origin: originOf(request) }),
    ),

    route({
      method: "post",
      path: "/auth/invitations/:id/accept",
      summary: "Accept an invitation to my verified address",
      credentials: "session",
      params: received,
      response: membershipSchema,
      errors: ["email_not_verified", "already_member"],
      example: { response: { role: "member" } },
    }).handle(({ principal: { userId }, params, request }) =>
      invitations.accept({ userId, invitationId: params.id, origin: originOf(request) }),
    ),

    route({
      method: "delete",
      path: "/auth/invitations/:id",
      summary: "Decline an invitation to my verified address",
      credentials: "session",
      params: received,
      errors: ["email_not_verified"],
    }).handle(({ principal: { userId }, params, request }) =>
      invitations.decline({ userId, invitationId: params.id, origin: originOf(request) }),
    ),
  ];
}
