/** Signing up, in and out. */
import { isRevopsError } from "@revops/core";
import { z } from "zod";
import { originOf } from "../credentials/origin.ts";
import { type Route, route } from "../routes/route.ts";
import type { ApiServices } from "../services.ts";
import {
  codeSchema,
  emailSchema,
  maxPasswordLength,
  newPasswordSchema,
  signedInSchema,
  validationSchema,
} from "./schemas.ts";
import { createShowSignedIn } from "./shown.ts";

const maxTokenLength = 10_000;

export function signInRoutes({ auth }: Pick<ApiServices, "auth">): Route[] {
  const shown = createShowSignedIn(auth);

  return [
    route({
      method: "post",
      path: "/auth/register",
      crowded: true,
      summary: "Register a user and sign them in",
      description:
        "With the code of an invitation they are a member of the organization from the start; if it was sent to their own address, that is verified by it.",
      credentials: "none",
      body: z.strictObject({
        email: emailSchema,
        password: newPasswordSchema,
        name: z.string().max(100).nullable().optional(),
        invitationCode: codeSchema.optional(),
      }),
      status: 201,
      response: signedInSchema,
      errors: [
        "user_already_exists",
        "invalid_email",
        "invalid_name",
        "weak_password",
        "invalid_code",
        "too_many_attempts",
      ],
      example: { body: { email: "ada@example.com", password: "correct horse battery", name: "Ada Lovelace" } },
    }).handle(async ({ body, request }) => {
      const user = await auth.users.register({ ...body, origin: originOf(request) });
      return shown({ user, ...(await auth.sessions.open(user, undefined, originOf(request))) });
    }),

    route({
      method: "post",
      path: "/auth/login",
      crowded: true,
      summary: "Sign in with e-mail address and password",
      description:
        "Ten failures cost an account, known or not, a pause of a second; each further one doubles it, up to a quarter of an hour.",
      credentials: "none",
      body: z.strictObject({ email: z.string().max(320), password: z.string().max(maxPasswordLength) }),
      response: signedInSchema,
      errors: ["invalid_credentials", "too_many_attempts"],
      example: { body: { email: "ada@example.com", password: "correct horse battery" } },
    }).handle(async ({ body, request }) => shown(await auth.sessions.login({ ...body, origin: originOf(request) }))),

    route({
      method: "post",
      path: "/auth/refresh",
      summary: "Exchange a refresh token for a new pair of tokens",
      description: "A refresh token is good for one use. Used again, it ends its session: `token_reused`.",
      credentials: "none",
      body: z.strictObject({ refreshToken: z.string().max(maxTokenLength) }),
      response: signedInSchema,
      errors: ["invalid_token", "token_expired", "token_revoked", "token_reused"],
      example: { body: { refreshToken: "rvf_8sXkT2wYb6NcRg4ZQh1vJm" } },
    }).handle(async ({ body, request }) => shown(await auth.sessions.refresh(body.refreshToken, originOf(request)))),

    route({
      method: "post",
      path: "/auth/logout",
      summary: "End the session of the access token",
      credentials: "session",
    }).handle(async ({ principal: { credential }, request }) => {
      if (credential.kind === "session") await auth.sessions.logout({ ...credential, origin: originOf(request) });
    }),

    route({
      method: "post",
      path: "/auth/validate",
      summary: "Say whether an access token is valid, and what it claims",
      credentials: "none",
      body: z.strictObject({ token: z.string().max(maxTokenLength) }),
      response: validationSchema,
      example: { body: { token: "eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIi.sflKxwRJ" } },
    }).handle(async ({ body }) => {
      try {
        const claims = await auth.tokens.verify(body.token);
        return { valid: true as const, claims: { ...claims }, stale: await auth.tokens.isStale(claims) };
      } catch (error) {
        const reason = reasons.find((code) => isRevopsError(error, code));
        if (reason === undefined) throw error;
        return { valid: false as const, reason };
      }
    }),
  ];
}

const reasons = ["invalid_token", "token_expired", "token_revoked"] as const;
