import type { IncomingHttpHeaders } from "node:http";

/** What a request shows to say who it is from. */
export interface PresentedCredential {
  /** After `Authorization: Bearer`: an access token or an API key. */
  readonly bearer?: string;
  /** `X-Api-Key`. */
  readonly apiKey?: string;
  /** `X-Organization`: which of the user's organizations a session acts for. */
  readonly organization?: string;
}

/** Reads the credentials of a request (RFC 6750 §2.1, RFC 9110 §11.4); null when it shows none, or a scheme that is not ours. */
export function presentedCredential(headers: IncomingHttpHeaders): PresentedCredential | null {
  const { authorization } = headers;
  const bearer = authorization === undefined ? undefined : /^bearer +(\S.*)$/i.exec(authorization)?.[1]?.trim();
  const apiKey = headers["x-api-key"];
  if (bearer === undefined && typeof apiKey !== "string") return null;
  const organization = headers["x-organization"];
  const chosen = typeof organization === "string" ? { organization } : {};
  return { ...chosen, ...(bearer === undefined ? {} : { bearer }), ...(typeof apiKey === "string" ? { apiKey } : {}) };
}
