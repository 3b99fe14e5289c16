/** Signing in with a provider: away, back, and the tokens. */
import { z } from "zod";
import { originOf } from "../credentials/origin.ts";
import { type Route, route } from "../routes/route.ts";
import type { ApiServices } from "../services.ts";
import { browserSecretOf, setBrowserSecret } from "./oauth-cookie.ts";
import { codeChallengeSchema, codeSchema, codeVerifierSchema, signedInSchema } from "./schemas.ts";
import { createShowSignedIn } from "./shown.ts";

const maxUrlLength = 2_000;

export function oauthRoutes({ auth, clock }: Pick<ApiServices, "auth" | "clock">): Route[] {
  const shown = createShowSignedIn(auth);
  const params = z.object({ provider: z.string().max(50) });

  return [
    // Before the providers: their path would take this one too, which is why none may be called `exchange`.
    route({
      method: "post",
      path: "/auth/oauth/exchange",
      summary: "Exchange the one-time code of a sign-in for tokens",
      description:
        "A code works once, within 60 seconds. A sign-in that was begun with a `codeChallenge` needs its `codeVerifier`, and one that was begun without takes none.",
      credentials: "none",
      body: z.strictObject({ code: codeSchema, codeVerifier: codeVerifierSchema.optional() }),
      response: signedInSchema,
      errors: ["invalid_code"],
      example: {
        body: { code: "rvo_4ZQh1vJm8sXkT2wYb6NcRg" },
        response: { user: { emailVerified: true, name: "Ada King, Countess of Lovelace" } },
      },
    }).handle(async ({ body, request }) => shown(await auth.oauth.exchange({ ...body, origin: originOf(request) }))),

    route({
      method: "get",
      path: "/auth/oauth/:provider",
      summary: "Sign in with a provider",
      description:
        "For a browser: it is sent to the provider and comes back to the callback within 10 minutes. `redirectTo` is one of the addresses that the server was told of; with a `codeChallenge` the code that comes back there is good for who has its verifier only.",
      credentials: "none",
      params,
      query: z.strictObject({
        redirectTo: z.string().max(maxUrlLength).optional(),
        codeChallenge: codeChallengeSchema.optional(),
      }),
      redirects: true,
      errors: ["provider_not_found", "invalid_redirect", "provider_unreachable", "provider_answer_invalid"],
      example: { params: { provider: "github" }, query: { redirectTo: "https://app.example.com/signed-in" } },
    }).handle(async ({ params, query, response }) => {
      const begun = await auth.oauth.begin({ ...params, ...query });
      setBrowserSecret(response, params.provider, begun, clock.now());
      return { location: begun.url };
    }),

    route({
      method: "get",
      path: "/auth/oauth/:provider/callback",
      summary: "Come back from a provider",
      description:
        "With a `redirectTo` the browser is sent there with a one-time `code`, or with an `error`; without, the answer is the tokens.",
      credentials: "none",
      params,
      // Not strict: providers add parameters of their own.
      query: z.object({
        state: z.string().max(maxUrlLength).optional(),
        code: z.string().max(maxUrlLength).optional(),
        error: z.string().max(maxUrlLength).optional(),
        iss: z.string().max(maxUrlLength).optional(),
      }),
      response: signedInSchema,
      redirects: true,
      errors: [
        "provider_not_found",
        "invalid_oauth_state",
        "provider_unreachable",
        "provider_refused",
        "provider_answer_invalid",
        "provider_email_unverified",
        "account_not_linkable",
        "identity_taken",
      ],
      example: {
        params: { provider: "github" },
        query: { state: "t2wYb6NcRg4ZQh1vJm8sXk", code: "8sXkT2wYb6NcRg4ZQh1v" },
      },
    }).handle(async ({ params: { provider }, query, request }) => {
      const given = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
      const finished = await auth.oauth.finish({
        provider,
        answer: Object.fromEntries(given),
        browserSecret: browserSecretOf(request, provider),
        origin: originOf(request),
      });
      return finished.signedIn ? shown(finished.signedIn) : { location: finished.redirectTo };
    }),
  ];
}
