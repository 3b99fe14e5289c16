import type { IncomingHttpHeaders } from "node:http";
import type { Credential } from "../principals/principals.ts";

/** Reads what a request shows (RFC 6750 §2.1); null when it is nothing, or a scheme that is not ours. */
export function credentialOf(headers: IncomingHttpHeaders): Credential | null {
  const bearer = /^bearer +(\S.*)$/i.exec(headers.authorization ?? "")?.[1]?.trim();
  const given = headers["x-api-key"];
  const apiKey = typeof given === "string" ? given : undefined;
  const chosen = headers["x-organization"];
  const organization = typeof chosen === "string" ? chosen : undefined;
  return bearer === undefined && apiKey === undefined ? null : { bearer, apiKey, organization };
}
