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
  /**
   * Sees to it that the tokens are new ones after an answer that says they ended; false when there is nothing to renew.
   * @param shown the header fields of the request that was answered
   */
  renew(response: Response, shown: Headers): Promise<boolean>;
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
  let renewing: Promise<boolean> | undefined;
  const bearer = () => `Bearer ${tokens.accessToken}`;

  async function renewed(): Promise<boolean> {
    try {
      tokens = await refresh(tokens.refreshToken);
    } catch {
      // The caller gets the answer that its own call got.
      return false;
    }
    // A failure here is the caller's to know: without the new pair the session ends with this program.
    await onRefresh?.(tokens);
    return true;
  }

  return {
    async identify(headers) {
      await renewing?.catch(() => undefined);
      headers.set("authorization", bearer());
    },
    async renew(response, shown) {
      if (response.status !== 401) return false;
      const problem: unknown = await response
        .clone()
        .json()
        .catch(() => null);
      const code = typeof problem === "object" && problem !== null && "code" in problem ? problem.code : null;
      if (code !== "token_expired") return false;
      // Many calls may learn of it at once; a refresh token used twice would end the session. And one may learn of it late,
      // when the tokens are others already.
      if (renewing === undefined && shown.get("authorization") !== bearer()) return true;
      renewing ??= renewed().finally(() => {
        renewing = undefined;
      });
      return renewing;
    },
  };
}
