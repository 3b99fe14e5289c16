/** The address of an account: verified and changed. */
import { z } from "zod";
import { originOf } from "../credentials/origin.ts";
import { type Route, route } from "../routes/route.ts";
import type { ApiServices } from "../services.ts";
import { codeSchema, emailSchema, maxPasswordLength } from "./schemas.ts";

export function emailRoutes({ auth }: Pick<ApiServices, "auth">): Route[] {
  const body = z.strictObject({ code: codeSchema });

  return [
    route({
      method: "post",
      path: "/auth/email/verification",
      summary: "Send me a code to verify my e-mail address",
      credentials: "session",
      status: 202,
      errors: ["user_not_found"],
    }).handle(({ principal }) => auth.emails.requestVerification(principal.userId)),

    route({
      method: "post",
      path: "/auth/email/verify",
      summary: "Verify an e-mail address with a code",
      description: "A code works once, within 60 minutes.",
      credentials: "none",
      body,
      errors: ["invalid_code"],
      example: { body: { code: "rvc_4ZQh1vJm8sXkT2wYb6NcRg" } },
    }).handle(({ body, request }) => auth.emails.verify({ ...body, origin: originOf(request) })),

    route({
      method: "post",
      path: "/auth/email/change",
      crowded: true,
      summary: "Send a code to my new e-mail address",
      credentials: "session",
      body: z.strictObject({ email: emailSchema, password: z.string().max(maxPasswordLength) }),
      status: 202,
      errors: ["invalid_email", "invalid_credentials", "too_many_attempts", "user_not_found"],
      example: { body: { email: "ada@analytical.example", password: "correct horse battery" } },
    }).handle(({ principal: { userId }, body, request }) =>
      auth.emails.requestChange({ ...body, userId, origin: originOf(request) }),
    ),

    route({
      method: "post",
      path: "/auth/email/confirm",
      summary: "Change to the new e-mail address with a code",
      description: "The old address is told. Codes that were sent there are worth nothing from then on.",
      credentials: "none",
      body,
      errors: ["invalid_code", "user_already_exists"],
      example: { body: { code: "rvc_4ZQh1vJm8sXkT2wYb6NcRg" } },
    }).handle(async ({ body, request }) => {
      await auth.emails.confirmChange({ ...body, origin: originOf(request) });
    }),
  ];
}
