import type { IncomingHttpHeaders } from "node:http";

/** What a request shows to say who it is from. */
export interface PresentedCredential {
  /** After `Authorization: Bearer`: an access token or an API key. */
  readonly bearer: string | undefined;
  /** `X-Api-Key`. */
  readonly apiKey: string | undefined;
  /** `X-Organization`: which of the user's organizations a session acts for. */
  readonly organization: string | undefined;
}

/** Reads the credentials of a request (RFC 6750 §2.1, RFC 9110 §11.4); null when it shows none, or a scheme that is not ours. */
export function presentedCredential(headers: IncomingHttpHeaders): PresentedCredential | null {
  const { authorization } = headers;
  const bearer = authorization === undefined ? undefined : /^bearer +(\S.*)$/i.exec(authorization)?.[1]?.trim();
  const apiKey = textOf(headers["x-api-key"]);
  if (bearer === undefined && apiKey === undefined) return null;
  return { bearer, apiKey, organization: textOf(headers["x-organization"]) };
}

/** A field that came once. */
const textOf = (field: string | string[] | undefined) => (typeof field === "string" ? field : undefined);
