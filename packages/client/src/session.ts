/** What a client shows of who it is, and how an access token is renewed when it ends. */

/** The tokens of a session. */
export interface SessionTokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** An API key; or the tokens of a session, which are renewed when they end. */
export type ClientCredential =
  | { readonly apiKey: string }
  | (SessionTokens & {
      /** Is given each new pair, to be kept: the old refresh token is good for nothing. */
      readonly onRefresh?: (tokens: SessionTokens) => void | Promise<void>;
    });

export interface Session {
  /** Sets the header fields that say who asks. */
  identify(headers: Headers): Promise<void>;
  /** Renews the tokens after an answer that says they ended; false when there is nothing to renew. */
  renew(response: Response): Promise<boolean>;
}

/** @param refresh asks the API for a new pair */
export function createSession(
  credential: ClientCredential | undefined,
  refresh: (refreshToken: string) => Promise<SessionTokens>,
): Session {
  if (credential === undefined) return { identify: async () => {}, renew: async () => false };
  if ("apiKey" in credential) {
    const { apiKey } = credential;
    return { identify: async (headers) => headers.set("x-api-key", apiKey), renew: async () => false };
  }
  const { onRefresh } = credential;
  let tokens: SessionTokens = credential;
  let renewing: Promise<void> | undefined;

  async function renewOnce(): Promise<void> {
    tokens = await refresh(tokens.refreshToken);
    await onRefresh?.(tokens);
  }

  return {
    async identify(headers) {
      await renewing?.catch(() => undefined);
      headers.set("authorization", `Bearer ${tokens.accessToken}`);
    },
    async renew(response) {
      if (response.status !== 401) return false;
      const problem: unknown = await response
        .clone()
        .json()
        .catch(() => null);
      const code = typeof problem === "object" && problem !== null && "code" in problem ? problem.code : null;
      if (code !== "token_expired") return false;
      // Many calls may learn of it at once; a refresh token used twice would end the session.
      renewing ??= renewOnce().finally(() => {
        renewing = undefined;
      });
      return renewing.then(
        () => true,
        // The caller gets the answer that its own call got.
        () => false,
      );
    },
  };
}
