/** Any OpenID Connect provider: discovery, authorization code with PKCE and nonce, a verified ID token. */
import * as client from "openid-client";
import { authErrors } from "../../errors.ts";
import type { BoundedFetch } from "./bounded-fetch.ts";
import type { OidcSettings, Provider, ProviderIdentity } from "./provider.ts";
import { asking } from "./provider-errors.ts";

export function createOidcProvider(settings: OidcSettings, fetch: BoundedFetch): Provider {
  const { issuer, clientId, clientSecret } = settings;
  const server = new URL(issuer);
  let discovered: Promise<client.Configuration> | undefined;

  /** Once is enough, unless it failed: a provider that was away is asked again. */
  function discover(): Promise<client.Configuration> {
    discovered ??= client
      .discovery(server, clientId, undefined, client.ClientSecretPost(clientSecret), {
        [client.customFetch]: fetch,
        // Only where the settings say http:// themselves, for a provider on the same machine or network.
        execute: server.protocol === "http:" ? [client.allowInsecureRequests] : [],
      })
      .catch((error: unknown) => {
        discovered = undefined;
        throw error;
      });
    return discovered;
  }

  return {
    authorizationUrl: (checks) =>
      asking(async () =>
        client.buildAuthorizationUrl(await discover(), {
          redirect_uri: checks.callbackUrl,
          scope: "openid email profile",
          state: checks.state,
          nonce: checks.nonce,
          code_challenge: await client.calculatePKCECodeChallenge(checks.verifier),
          code_challenge_method: "S256",
        }),
      ),

    identify: (answer, checks) =>
      asking(async () => {
        const config = await discover();
        const tokens = await client.authorizationCodeGrant(config, answeredUrl(checks.callbackUrl, answer), {
          expectedState: checks.state,
          expectedNonce: checks.nonce,
          pkceCodeVerifier: checks.verifier,
        });
        const claims = tokens.claims();
        if (!claims) throw authErrors.provider_answer_invalid({ detail: "The provider sent no ID token." });
        const { email } = claims;
        if (email !== undefined || config.serverMetadata().userinfo_endpoint === undefined) {
          return identityOf(claims.sub, claims);
        }
        return identityOf(claims.sub, await client.fetchUserInfo(config, tokens.access_token, claims.sub));
      }),
  };
}

/** The address that the browser came back to. */
export function answeredUrl(callbackUrl: string, answer: Readonly<Record<string, string>>): URL {
  const url = new URL(callbackUrl);
  for (const [name, value] of Object.entries(answer)) url.searchParams.set(name, value);
  return url;
}

function identityOf(subject: string, claims: Readonly<Record<string, unknown>>): ProviderIdentity {
  const { email, email_verified: verified, name } = claims;
  return {
    subject,
    // `true` and nothing like it: "false" is a text that is true.
    verifiedEmail: typeof email === "string" && verified === true ? email : null,
    name: typeof name === "string" ? name : null,
  };
}
