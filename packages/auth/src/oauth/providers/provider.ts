/** What a provider of identities is to the rest: an address to send a browser to, and who came back. */

/** A client of GitHub, of GitHub Enterprise, or of something that answers like it. */
export interface GitHubSettings {
  readonly kind: "github";
  readonly clientId: string;
  readonly clientSecret: string;
  /** Where people sign in; `https://github.com` unless said otherwise. */
  readonly baseUrl?: string | undefined;
  /** `https://api.github.com` unless said otherwise. */
  readonly apiUrl?: string | undefined;
}

/** A client of any OpenID Connect provider; what else there is to know is discovered. */
export interface OidcSettings {
  readonly kind: "oidc";
  readonly clientId: string;
  readonly clientSecret: string;
  /** Such as {@link googleIssuer}. */
  readonly issuer: string;
}

export type ProviderSettings = GitHubSettings | OidcSettings;

export const googleIssuer = "https://accounts.google.com";

/** Who a provider says that someone is. */
export interface ProviderIdentity {
  /** The provider's own name for the person, which never changes; an address or a login may. */
  readonly subject: string;
  /** An address that the provider knows the person to read; null when there is none. */
  readonly verifiedEmail: string | null;
  readonly name: string | null;
}

/** What one sign-in is bound to. */
interface SignInChecks {
  readonly state: string;
  /** RFC 7636. */
  readonly verifier: string;
  /** OpenID Connect Core §3.1.2.1; a provider without ID tokens has no use for it. */
  readonly nonce: string;
  readonly callbackUrl: string;
}

export interface Provider {
  authorizationUrl(checks: SignInChecks): Promise<URL>;
  /**
   * @param answer the parameters that the provider sent the browser back with
   * @throws `provider_unreachable`, `provider_refused`, `provider_answer_invalid`
   */
  identify(answer: Readonly<Record<string, string>>, checks: SignInChecks): Promise<ProviderIdentity>;
}
