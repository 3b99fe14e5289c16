/**
 * GitHub: OAuth 2 without ID tokens, so who it is comes from its API. The address of a profile is what its owner cares to
 * show, often none; what GitHub has verified is in the list of addresses.
 * https://docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps
 */
import * as client from "openid-client";
import { z } from "zod";
import { authErrors } from "../../errors.ts";
import type { Ask, BoundedFetch } from "./bounded-fetch.ts";
import { answeredUrl } from "./oidc.ts";
import type { GitHubSettings, Provider } from "./provider.ts";
import { asking, refusal } from "./provider-errors.ts";

const userSchema = z.object({ id: z.int().positive(), name: z.string().nullish() });
const emailsSchema = z.array(z.object({ email: z.string(), primary: z.boolean(), verified: z.boolean() }));

export function createGitHubProvider(settings: GitHubSettings, fetch: BoundedFetch): Provider {
  const base = withoutSlash(settings.baseUrl ?? "https://github.com");
  const api = withoutSlash(settings.apiUrl ?? "https://api.github.com");
  const config = new client.Configuration(
    {
      issuer: `${base}/login/oauth`,
      authorization_endpoint: `${base}/login/oauth/authorize`,
      token_endpoint: `${base}/login/oauth/access_token`,
    },
    settings.clientId,
    undefined,
    client.ClientSecretPost(settings.clientSecret),
  );
  config[client.customFetch] = async (url, ask) => honestStatus(await fetch(url, ask));
  if (base.startsWith("http:")) client.allowInsecureRequests(config);

  async function read<Schema extends z.ZodType>(path: string, token: string, schema: Schema) {
    const headers = { authorization: `Bearer ${token}`, accept: "application/vnd.github+json", "user-agent": "revops" };
    const response = await fetch(`${api}${path}`, { headers } satisfies Ask);
    if (response.status === 401 || response.status === 403) throw refusal(null);
    const read = schema.safeParse(response.ok ? await response.json().catch(() => undefined) : undefined);
    if (!read.success) throw authErrors.provider_answer_invalid({ cause: read.error });
    return read.data;
  }

  return {
    authorizationUrl: (checks) =>
      asking(async () =>
        client.buildAuthorizationUrl(config, {
          redirect_uri: checks.callbackUrl,
          scope: "read:user user:email",
          state: checks.state,
          code_challenge: await client.calculatePKCECodeChallenge(checks.verifier),
          code_challenge_method: "S256",
        }),
      ),

    identify: (answer, checks) =>
      asking(async () => {
        const { access_token: token } = await client.authorizationCodeGrant(
          config,
          answeredUrl(checks.callbackUrl, answer),
          { expectedState: checks.state, pkceCodeVerifier: checks.verifier },
        );
        const user = await read("/user", token, userSchema);
        const emails = await read("/user/emails", token, emailsSchema);
        const verifiedEmail = emails.find(({ primary, verified }) => primary && verified)?.email ?? null;
        return { subject: String(user.id), verifiedEmail, name: user.name ?? null };
      }),
  };
}

const withoutSlash = (url: string) => url.replace(/\/+$/, "");

/** GitHub answers an error with 200 (RFC 6749 §5.2 wants 400). */
async function honestStatus(response: Response): Promise<Response> {
  if (response.status !== 200) return response;
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => null);
  if (typeof body !== "object" || body === null || !("error" in body)) return response;
  return new Response(JSON.stringify(body), { status: 400, headers: { "content-type": "application/json" } });
}
