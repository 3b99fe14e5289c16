import { authErrors } from "../../errors.ts";
import { createBoundedFetch } from "./bounded-fetch.ts";
import { createGitHubProvider } from "./github.ts";
import { createOidcProvider } from "./oidc.ts";
import type { Provider, ProviderSettings } from "./provider.ts";

export interface ProvidersOptions {
  readonly providers: Readonly<Record<string, ProviderSettings>>;
  readonly redirectUrls?: readonly string[] | undefined;
  readonly timeoutMs?: number | undefined;
}

/** In addresses the place of something else. */
const reserved = "exchange";

/** @throws `invalid_configuration` */
export function createProviders(options: ProvidersOptions | undefined): ReadonlyMap<string, Provider> {
  const fetch = createBoundedFetch({ timeoutMs: options?.timeoutMs });
  for (const url of options?.redirectUrls ?? []) checkAddress("oauth.redirectUrls", url);
  return new Map(
    Object.entries(options?.providers ?? {}).map(([name, settings]) => {
      if (!/^[a-z0-9][a-z0-9_-]{0,31}$/.test(name) || name === reserved) {
        throw authErrors.invalid_configuration({ detail: `"${name}" cannot be the name of a provider.` });
      }
      if (settings.kind === "oidc") {
        checkAddress(`oauth.providers.${name}.issuer`, settings.issuer);
        return [name, createOidcProvider(settings, fetch)];
      }
      for (const url of [settings.baseUrl, settings.apiUrl]) if (url) checkAddress(`oauth.providers.${name}`, url);
      return [name, createGitHubProvider(settings, fetch)];
    }),
  );
}

function checkAddress(name: string, url: string): void {
  if (["http:", "https:"].includes(URL.parse(url)?.protocol ?? "")) return;
  throw authErrors.invalid_configuration({ detail: `${name} is an http(s) address.` });
}
