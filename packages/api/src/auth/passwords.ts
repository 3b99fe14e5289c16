/** Passwords of those who have an account. */
import { z } from "zod";
import { originOf } from "../credentials/origin.ts";
import { type Route, route } from "../routes/route.ts";
import type { ApiServices } from "../services.ts";
import { maxPasswordLength, newPasswordSchema } from "./schemas.ts";

export function passwordRoutes({ auth }: Pick<ApiServices, "auth">): Route[] {
  return [
    route({
      method: "post",
      path: "/auth/password",
      summary: "Change my password",
      description: "Ends every other session of mine. Wrong old passwords are limited like failed log-ins.",
      credentials: "session",
      body: z.strictObject({ currentPassword: z.string().max(maxPasswordLength), newPassword: newPasswordSchema }),
      errors: ["invalid_credentials", "too_many_attempts", "weak_password", "user_not_found"],
    }).handle(async ({ principal: { userId, credential }, body, request }) => {
      const keepSessionId = credential.kind === "session" ? credential.sessionId : undefined;
      await auth.passwords.change({ ...body, userId, keepSessionId, origin: originOf(request) });
    }),
  ];
}
