/** Passwords: changed by who knows the old one, reset by who reads the letters of the account. */
import { z } from "zod";
import { originOf } from "../credentials/origin.ts";
import { type Route, route } from "../routes/route.ts";
import type { ApiServices } from "../services.ts";
import { codeSchema, emailSchema, maxPasswordLength, newPasswordSchema } from "./schemas.ts";

export function passwordRoutes({ auth }: Pick<ApiServices, "auth">): Route[] {
  return [
    route({
      method: "post",
      path: "/auth/password",
      crowded: true,
      summary: "Change my password",
      description: "Ends every other session of mine. Wrong old passwords are limited like failed log-ins.",
      credentials: "session",
      body: z.strictObject({ currentPassword: z.string().max(maxPasswordLength), newPassword: newPasswordSchema }),
      errors: ["invalid_credentials", "too_many_attempts", "weak_password", "user_not_found"],
      example: { body: { currentPassword: "correct horse battery", newPassword: "another horse battery" } },
    }).handle(async ({ principal: { userId, credential }, body, request }) => {
      const keepSessionId = credential.kind === "session" ? credential.sessionId : undefined;
      await auth.passwords.change({ ...body, userId, keepSessionId, origin: originOf(request) });
    }),

    route({
      method: "post",
      path: "/auth/password/forgot",
      summary: "Send me a code to reset my password",
      description: "The same answer in the same time, whether or not someone has the address.",
      credentials: "none",
      body: z.strictObject({ email: emailSchema }),
      status: 202,
      example: { body: { email: "ada@example.com" } },
    }).handle(async ({ body }) => auth.passwords.forgot(body)),

    route({
      method: "post",
      path: "/auth/password/reset",
      crowded: true,
      summary: "Set a new password with a code",
      description:
        "Ends all sessions. A code works once, within 60 minutes; a password that cannot be used leaves it good.",
      credentials: "none",
      body: z.strictObject({ code: codeSchema, newPassword: newPasswordSchema }),
      errors: ["invalid_code", "weak_password"],
      example: { body: { code: "rvc_4ZQh1vJm8sXkT2wYb6NcRg", newPassword: "another horse battery" } },
    }).handle(({ body, request }) => auth.passwords.reset({ ...body, origin: originOf(request) })),
  ];
}
