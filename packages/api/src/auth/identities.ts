/** The providers that open an account: listed, added and taken away. */
import { z } from "zod";
import { originOf } from "../credentials/origin.ts";
import { type Route, route } from "../routes/route.ts";
import { listSchema } from "../schemas/schemas.ts";
import type { ApiServices } from "../services.ts";
import { setBrowserSecret } from "./oauth-cookie.ts";
import { codeChallengeSchema, identitySchema, maxPasswordLength } from "./schemas.ts";

const maxUrlLength = 2_000;

export function identityRoutes({ auth, clock }: Pick<ApiServices, "auth" | "clock">): Route[] {
  const params = z.object({ provider: z.string().max(50) });

  return [
    route({
      method: "get",
      path: "/auth/identities",
      summary: "List the providers that I may sign in with",
      description: "All of them: there are no more than providers.",
      credentials: "session",
      response: listSchema(identitySchema),
    }).handle(async ({ principal: { userId } }) => ({
      data: [...(await auth.oauth.identities.list(userId))],
      nextCursor: null,
    })),

    route({
      method: "post",
      path: "/auth/identities/:provider",
      crowded: true,
      summary: "Add a provider to sign in with",
      description:
        "Send the browser that got this answer, and its cookie, to `url`; it comes back like from any sign-in. Who has a password gives it; who has none has signed in within the last 15 minutes.",
      credentials: "session",
      params,
      body: z.strictObject({
        password: z.string().max(maxPasswordLength).optional(),
        redirectTo: z.string().max(maxUrlLength).optional(),
        codeChallenge: codeChallengeSchema.optional(),
      }),
      response: z.object({ url: z.string() }),
      errors: [
        "provider_not_found",
        "invalid_redirect",
        "invalid_credentials",
        "too_many_attempts",
        "reauthentication_required",
        "user_not_found",
        "provider_unreachable",
        "provider_answer_invalid",
      ],
      example: {
        params: { provider: "github" },
        body: { password: "correct horse battery" },
        response: {
          url: "https://github.com/login/oauth/authorize?client_id=Iv1.8a61f9b3a7aba766&state=8sXkT2wYb6NcR&code_challenge_method=S256",
        },
      },
    }).handle(async ({ principal: { userId, credential }, params: { provider }, body, request, response }) => {
      const sessionId = credential.kind === "session" ? credential.sessionId : "";
      const begun = await auth.oauth.link({ ...body, provider, userId, sessionId, origin: originOf(request) });
      setBrowserSecret(response, provider, begun, clock.now());
      return { url: begun.url };
    }),

    route({
      method: "delete",
      path: "/auth/identities/:provider",
      summary: "Take a provider away",
      description: "The last way to sign in stays: 409 `last_sign_in_method`.",
      credentials: "session",
      params,
      errors: ["identity_not_found", "last_sign_in_method"],
      example: { params: { provider: "github" } },
    }).handle(({ principal: { userId }, params: { provider }, request }) =>
      auth.oauth.identities.unlink({ userId, provider, origin: originOf(request) }),
    ),
  ];
}
