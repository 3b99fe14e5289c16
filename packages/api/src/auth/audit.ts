/** What was done to an account, its keys and its sessions. */
import { apiErrors } from "../problems/errors.ts";
import { type Route, route } from "../routes/route.ts";
import { idSchema, listSchema, pageQuerySchema } from "../schemas/schemas.ts";
import type { ApiServices } from "../services.ts";
import { auditEntrySchema } from "./schemas.ts";

export function auditRoutes({ auth }: Pick<ApiServices, "auth">): Route[] {
  return [
    route({
      method: "get",
      path: "/auth/audit",
      summary: "List what was done to my account, keys and sessions",
      description: "Youngest first. An admin may ask for another user's with `userId`.",
      credentials: "session",
      query: pageQuerySchema.extend({ userId: idSchema.optional() }),
      response: listSchema(auditEntrySchema),
    }).handle(async ({ principal, query: { userId = principal.userId, ...page }, cursors }) => {
      if (userId !== principal.userId && principal.role !== "admin") {
        throw apiErrors.forbidden({ detail: "Only an admin may see what was done to another account." });
      }
      return cursors.list(await auth.audit.list(userId, cursors.open(page, userId)), userId);
    }),
  ];
}
