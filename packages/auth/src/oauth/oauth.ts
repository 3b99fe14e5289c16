/**
 * Signing in with GitHub, Google or any OpenID Connect provider: authorization code with PKCE (RFC 7636), bound to the
 * browser that began (RFC 9700 §4.7), with a nonce where there are ID tokens.
 */
import { type Clock, type FactEmitter, isRevopsError, minuteMs, secondMs, sha256 } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import type { AuditLog } from "../audit/audit.ts";
import type { Codes } from "../codes/codes.ts";
import { type AuthErrorCode, authErrors } from "../errors.ts";
import type { AuthFacts } from "../facts.ts";
import type { Origin } from "../origins/origin.ts";
import type { Passwords } from "../passwords/passwords.ts";
import type { Sessions, SignedIn } from "../sessions/sessions.ts";
import type { SessionStore } from "../sessions/store.ts";
import type { UserStore } from "../users/store.ts";
import type { User } from "../users/user.ts";
import { createIdentities, type Identities } from "./identities.ts";
import { createOwners } from "./owner.ts";
import {
  bindingsOf,
  browserHash,
  challengeOf,
  createBrowserSecret,
  createExchangeCode,
  createState,
  stateHash,
} from "./proofs.ts";
import type { Provider, ProviderSettings } from "./providers/provider.ts";
import { createProviders } from "./providers/providers.ts";
import { createOAuthStore } from "./store.ts";

export interface OAuthOptions {
  /** By the name that they have in addresses: `github`, `google`, `acme`. */
  readonly providers: Readonly<Record<string, ProviderSettings>>;
  /** Where a provider sends the browser back to; the same address is registered with the provider. */
  readonly callbackUrl: (provider: string) => string;
  /** The only addresses that `redirectTo` may be, character by character. None unless said otherwise. */
  readonly redirectUrls?: readonly string[] | undefined;
  /** How long a provider may take for one answer; 10,000 unless said otherwise. */
  readonly timeoutMs?: number | undefined;
}

/** How a sign-in comes back to an application. */
export interface WayBack {
  /** One of {@link OAuthOptions.redirectUrls}; without it, `finish` answers tokens. */
  readonly redirectTo?: string | undefined;
  /**
   * The SHA-256 of a `codeVerifier` that the application keeps in this browser, in base64url (RFC 7636, `S256`). The code at
   * `redirectTo` is then good with that verifier only: neither for who reads it on its way, nor for a browser that was sent
   * there with the code of somebody else's sign-in.
   */
  readonly codeChallenge?: string | undefined;
}

export interface BegunSignIn {
  /** Where to send the browser. */
  readonly url: string;
  /** For a cookie of this browser that scripts cannot read (`HttpOnly; SameSite=Lax`), until `expiresAt`. */
  readonly browserSecret: string;
  readonly expiresAt: Date;
  /** Where the cookie has to be sent to; `Secure` if it is https. */
  readonly callbackUrl: string;
}

export interface SignInAnswer {
  readonly provider: string;
  /** All parameters that the provider sent the browser back with: `state`, and `code` or `error`. */
  readonly answer: Readonly<Record<string, string>>;
  /** What the browser's cookie holds. */
  readonly browserSecret: string | undefined;
  readonly origin?: Origin | undefined;
}

/**
 * With a `redirectTo` the tokens wait for {@link OAuth.exchange}: an address is seen by histories and logs. What
 * went wrong is told there too: `?code=` or `?error=`, with one of the codes that {@link OAuth.finish} throws otherwise.
 */
export type FinishedSignIn =
  | { readonly redirectTo: string; readonly signedIn: null }
  | { readonly redirectTo: null; readonly signedIn: SignedIn };

export interface OAuth {
  /** The names of the providers there are. */
  readonly providers: readonly string[];
  /** @throws `provider_not_found`, `invalid_redirect`, `provider_unreachable`, `provider_answer_invalid` */
  begin(request: { readonly provider: string } & WayBack): Promise<BegunSignIn>;
  /**
   * Begins a sign-in that links the provider to an account, whatever address it has there. Who asks gives the password
   * or, without one, has signed in within the last 15 minutes: a stolen token must not make itself a way in. It is
   * finished like any sign-in, as that user, while the session that asked goes on.
   * @throws those of {@link OAuth.begin}; `invalid_credentials`, `too_many_attempts` (fields.retryAfter, seconds),
   *   `reauthentication_required`, `user_not_found`
   */
  link(
    request: {
      readonly provider: string;
      readonly userId: string;
      readonly sessionId: string;
      readonly password?: string | undefined;
      readonly origin?: Origin | undefined;
    } & WayBack,
  ): Promise<BegunSignIn>;
  readonly identities: Identities;
  /**
   * @throws `provider_not_found`; `invalid_oauth_state` (unknown, used, over 10 minutes old, of another browser);
   *   `provider_unreachable`; `provider_refused`; `provider_answer_invalid`; `provider_email_unverified`;
   *   `account_not_linkable` when either side has not proven the address of an account that exists; `identity_taken`
   */
  finish(answer: SignInAnswer): Promise<FinishedSignIn>;
  /**
   * Exchanges the one-time code of a finished sign-in for tokens, within 60 seconds.
   * @throws `invalid_code` (unknown, used, too late; begun with a challenge of another verifier, or with none while a verifier is given)
   */
  exchange(finished: {
    readonly code: string;
    readonly codeVerifier?: string | undefined;
    readonly origin?: Origin | undefined;
  }): Promise<SignedIn>;
  sweep(): Promise<void>;
}

export interface OAuthParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly users: UserStore;
  readonly sessions: Pick<Sessions, "open">;
  readonly sessionStore: Pick<SessionStore, "findActive">;
  readonly passwords: Pick<Passwords, "has" | "prove">;
  readonly codes: Pick<Codes, "notify">;
  readonly audit: AuditLog;
  readonly facts?: FactEmitter<AuthFacts, Tx> | undefined;
  readonly options?: OAuthOptions | undefined;
}

/** What went wrong with the provider or the account, which is for the application's page to say. */
const told = [
  "provider_unreachable",
  "provider_refused",
  "provider_answer_invalid",
  "provider_email_unverified",
  "account_not_linkable",
  "identity_taken",
] as const satisfies readonly AuthErrorCode[];

const stateMs = 10 * minuteMs;
const codeMs = 60 * secondMs;
/** How long a sign-in counts as one of a moment ago. */
const recentMs = 15 * minuteMs;

export function createOAuth({ options, ...parts }: OAuthParts): OAuth {
  const { database, clock, users, sessions, sessionStore, passwords } = parts;
  const store = createOAuthStore(database);
  const { ownerOf, linkTo } = createOwners({ ...parts, store, sessions: sessionStore });
  const providers = createProviders(options);
  const after = (ms: number) => new Date(clock.now().getTime() + ms);

  function configured(name: string): { provider: Provider; callbackUrl: string } {
    const provider = providers.get(name);
    if (!provider || !options) throw authErrors.provider_not_found();
    return { provider, callbackUrl: options.callbackUrl(name) };
  }

  async function signIn(tx: Tx, user: User, origin?: Origin): Promise<SignedIn> {
    return { ...(await sessions.open(user, tx, origin)), user };
  }

  function checked(name: string, redirectTo: string | undefined) {
    const found = configured(name);
    if (redirectTo !== undefined && !options?.redirectUrls?.includes(redirectTo)) throw authErrors.invalid_redirect();
    return found;
  }

  async function begin(
    name: string,
    { redirectTo, codeChallenge }: WayBack,
    linkTo: { readonly userId: string; readonly sessionId: string } | null,
  ): Promise<BegunSignIn> {
    const { provider, callbackUrl } = checked(name, redirectTo);
    const [state, browserSecret, expiresAt] = [createState(), createBrowserSecret(), after(stateMs)];
    const url = await provider.authorizationUrl({ state, callbackUrl, ...bindingsOf(browserSecret) });
    await database.transaction((tx) =>
      store.insertState(tx, {
        hash: stateHash(state),
        browserHash: browserHash(browserSecret),
        provider: name,
        redirectTo: redirectTo ?? null,
        linkUserId: linkTo?.userId ?? null,
        linkSessionId: linkTo?.sessionId ?? null,
        codeChallenge: codeChallenge ?? null,
        expiresAt,
      }),
    );
    return { url: url.href, browserSecret, expiresAt, callbackUrl };
  }

  /** @throws when who asks may be somebody who only holds a token */
  async function assertPresent(who: Parameters<OAuth["link"]>[0]): Promise<void> {
    const { userId, sessionId, password, origin } = who;
    const user = await users.find(database, userId);
    if (!user) throw authErrors.user_not_found();
    if (await passwords.has(database, userId)) {
      if (password === undefined) throw authErrors.reauthentication_required({ detail: "Give your password." });
      await passwords.prove(user.email, password, "reauthentication.failed", origin);
      return;
    }
    const now = clock.now();
    const session = await sessionStore.findActive(database, { id: sessionId, userId }, now);
    if (session && now.getTime() - session.createdAt.getTime() <= recentMs) return;
    throw authErrors.reauthentication_required({ detail: "Sign in again first." });
  }

  return {
    providers: [...providers.keys()],
    identities: createIdentities({ ...parts, store }),

    begin: ({ provider, ...wayBack }) => begin(provider, wayBack, null),

    async link(request) {
      const { provider, redirectTo, userId, sessionId } = request;
      checked(provider, redirectTo);
      await assertPresent(request);
      return begin(provider, request, { userId, sessionId });
    },

    async finish({ provider: name, answer, browserSecret = "", origin }) {
      const { provider, callbackUrl } = configured(name);
      const { state = "" } = answer;
      const begun = { hash: stateHash(state), browserHash: browserHash(browserSecret), provider: name };
      // Used up whatever comes of it: an answer is tried once.
      const pending = await database.transaction((tx) => store.takeState(tx, begun, clock.now()));
      if (!pending) throw authErrors.invalid_oauth_state();
      const { redirectTo, codeChallenge, linkUserId: userId, linkSessionId: sessionId } = pending;
      try {
        const identity = await provider.identify(answer, { state, callbackUrl, ...bindingsOf(browserSecret) });
        return await database.transaction(async (tx) => {
          const user =
            userId === null || sessionId === null
              ? await ownerOf(tx, name, identity, origin)
              : await linkTo(tx, { userId, sessionId }, { provider: name, subject: identity.subject }, origin);
          if (redirectTo === null) return { redirectTo, signedIn: await signIn(tx, user, origin) };
          const { code, hash } = createExchangeCode();
          await store.insertCode(tx, { hash, userId: user.id, codeChallenge, expiresAt: after(codeMs) });
          return { redirectTo: withParameter(redirectTo, "code", code), signedIn: null };
        });
      } catch (error) {
        const code = told.find((code) => isRevopsError(error, code));
        if (redirectTo === null || code === undefined) throw error;
        return { redirectTo: withParameter(redirectTo, "error", code), signedIn: null };
      }
    },

    exchange: ({ code, codeVerifier, origin }) =>
      database.transaction(async (tx) => {
        const taken = {
          hash: sha256(typeof code === "string" ? code : ""),
          // A verifier for a code without a challenge is refused (RFC 9700 §4.8.2): it may be the code of somebody's own sign-in,
          // which was begun without one to be put into this browser.
          codeChallenge: codeVerifier === undefined ? null : challengeOf(codeVerifier),
        };
        const holder = await store.takeCode(tx, taken, clock.now());
        const user = holder && (await users.find(tx, holder.userId));
        if (!user) throw authErrors.invalid_code();
        return signIn(tx, user, origin);
      }),

    sweep: () => store.removeExpired(database, clock.now()),
  };
}

function withParameter(address: string, name: string, value: string): string {
  const url = new URL(address);
  url.searchParams.set(name, value);
  return url.href;
}
