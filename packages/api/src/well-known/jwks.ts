import type { Auth } from "@revops/auth";
import type { RequestHandler } from "express";

/** Where others look for it, at the root (RFC 8615). */
export const keySetPath = "/.well-known/jwks.json";

/** Shows the public keys by which others verify our tokens (RFC 7517); none while they are signed with a secret. */
export function serveKeySet({ tokens }: Pick<Auth, "tokens">): RequestHandler {
  return (_request, response) => {
    // Short: whoever verifies must know a new key before it signs.
    response.set("Cache-Control", "public, max-age=300").json(tokens.publicKeys());
  };
}
