/** The signed-in user, and where they are signed in. */
import type { Session, User } from "@revops/auth";
import { z } from "zod";
import { originOf } from "../credentials/origin.ts";
import { type Route, route } from "../routes/route.ts";
import { idOf, listSchema, pageQuerySchema } from "../schemas/schemas.ts";
import type { ApiServices } from "../services.ts";
import { accountExportSchema, sessionSchema, userSchema } from "./schemas.ts";

export function accountRoutes({ auth }: Pick<ApiServices, "auth">): Route[] {
  const withTier = async (user: User) => ({ ...user, tier: await auth.tierOf(user.id) });

  return [
    route({
      method: "get",
      path: "/auth/me",
      summary: "Show who I am",
      credentials: "required",
      response: userSchema,
    }).handle(async ({ principal }) => withTier(await auth.users.get(principal.userId))),

    route({
      method: "patch",
      path: "/auth/me",
      summary: "Change my name",
      credentials: "session",
      body: z.strictObject({ name: z.string().max(100).nullable().optional() }),
      response: userSchema,
      errors: ["invalid_name"],
      example: {
        body: { name: "Ada King, Countess of Lovelace" },
        response: { name: "Ada King, Countess of Lovelace" },
      },
    }).handle(async ({ principal, body }) => withTier(await auth.users.update(principal.userId, body))),

    route({
      method: "get",
      path: "/auth/export",
      summary: "Show all that is kept of my account",
      description: "Without passwords, tokens and keys, which are not kept as such.",
      credentials: "session",
      // It reads everything that is kept of an account.
      rateLimit: 10,
      response: accountExportSchema,
      errors: ["user_not_found"],
    }).handle(async ({ principal: { userId }, request }) => {
      const exported = await auth.accounts.export({ userId, origin: originOf(request) });
      return { ...exported, user: await withTier(exported.user) };
    }),

    route({
      method: "delete",
      path: "/auth/me",
      summary: "Erase my account",
      description:
        "Name, address, password, sessions and keys go at once and cannot be brought back; a subscription ends without a refund. Totals stay, under an id that names nobody. An organization that I am alone in goes too; while I am the last owner of one with other members, it is 409 `last_owner`.",
      credentials: "session",
      errors: ["user_not_found", "last_owner"],
    }).handle(({ principal: { userId }, request }) => auth.accounts.erase({ userId, origin: originOf(request) })),

    route({
      method: "get",
      path: "/auth/sessions",
      summary: "List my sessions",
      credentials: "session",
      query: pageQuerySchema,
      response: listSchema(sessionSchema),
    }).handle(async ({ principal, query, cursors }) => {
      const { data, next } = await auth.sessions.list(principal.userId, cursors.open(query));
      const { credential } = principal;
      const isCurrent = ({ id }: Session) => credential.kind === "session" && credential.sessionId === id;
      return cursors.list({ data: data.map((session) => ({ ...session, current: isCurrent(session) })), next });
    }),

    route({
      method: "delete",
      path: "/auth/sessions/:id",
      summary: "End one of my sessions",
      credentials: "session",
      params: z.object({ id: idOf("ses") }),
    }).handle(({ principal: { userId }, params, request }) =>
      auth.sessions.end({ userId, sessionId: params.id, origin: originOf(request) }),
    ),
  ];
}
