/** The providers that people sign in with: `OAUTH_<NAME>_…`, any name for any OpenID Connect provider. */
import { googleIssuer, type ProviderSettings } from "@revops/auth";
import { ConfigError } from "./config-error.ts";

export interface OAuthConfig {
  readonly providers: Readonly<Record<string, ProviderSettings>>;
  /** The only addresses that a browser is sent back to. */
  readonly redirectUrls: readonly string[];
}

const listName = "OAUTH_REDIRECT_URLS";
const variable = /^OAUTH_([A-Z0-9_]+?)_(CLIENT_ID|CLIENT_SECRET|ISSUER|BASE_URL|API_URL)$/;
const addresses = ["ISSUER", "BASE_URL", "API_URL"];

/**
 * @param environment without empty values
 * @throws ConfigError with one line that names the variable
 */
export function readOAuthConfig(environment: Readonly<Record<string, string | undefined>>): OAuthConfig {
  const given = Object.keys(environment).filter((name) => name.startsWith("OAUTH_") && name !== listName);
  const names = given.map((name) => {
    const [, provider = "", setting = ""] = variable.exec(name) ?? [];
    if (provider === "") {
      throw new ConfigError(`${name} is not known: it must end in _CLIENT_ID, _CLIENT_SECRET or _ISSUER.`);
    }
    const value = environment[name] ?? "";
    if (addresses.includes(setting) && !isHttp(value)) {
      throw new ConfigError(`${name} must be an http:// or https:// address.`);
    }
    return provider;
  });
  const providers = [...new Set(names)].map((name) => [pathName(name), providerOf(name, environment)] as const);
  return { providers: Object.fromEntries(providers), redirectUrls: redirectUrlsOf(environment[listName]) };
}

/** `OAUTH_MY_COMPANY_ISSUER` is the provider `my-company`. */
function pathName(name: string): string {
  const path = name.toLowerCase().replaceAll("_", "-");
  if (/^[a-z0-9][a-z0-9-]{0,31}$/.test(path) && path !== "exchange") return path;
  throw new ConfigError(
    `OAUTH_${name}_CLIENT_ID must name a provider of at most 32 letters, digits and underscores, other than EXCHANGE.`,
  );
}

function providerOf(name: string, environment: Readonly<Record<string, string | undefined>>): ProviderSettings {
  const of = (setting: string) => environment[`OAUTH_${name}_${setting}`];
  const required = (setting: string): string => {
    const value = of(setting);
    if (value !== undefined) return value;
    throw new ConfigError(`OAUTH_${name}_${setting} must be set too when another OAUTH_${name}_ variable is.`);
  };
  const refuse = (...settings: string[]) => {
    for (const setting of settings.filter((setting) => of(setting) !== undefined)) {
      throw new ConfigError(`OAUTH_${name}_${setting} is not a setting of this provider.`);
    }
  };
  const client = { clientId: required("CLIENT_ID"), clientSecret: required("CLIENT_SECRET") };
  if (name === "GITHUB") {
    refuse("ISSUER");
    return { kind: "github", ...client, baseUrl: of("BASE_URL"), apiUrl: of("API_URL") };
  }
  refuse("BASE_URL", "API_URL");
  const issuer = name === "GOOGLE" ? (of("ISSUER") ?? googleIssuer) : required("ISSUER");
  return { kind: "oidc", ...client, issuer };
}

function redirectUrlsOf(value = ""): string[] {
  const urls = value
    .split(",")
    .map((url) => url.trim())
    .filter(Boolean);
  if (urls.every(isHttp)) return urls;
  throw new ConfigError(
    `${listName} must be addresses separated by commas, such as https://app.example.com/signed-in.`,
  );
}

const isHttp = (value: string) => ["http:", "https:"].includes(URL.parse(value)?.protocol ?? "");
