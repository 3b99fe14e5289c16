import { createSecretKey, KeyObject } from "node:crypto";
import { authErrors } from "../errors.ts";

/** RFC 7518 §3.2: a key for HS256 is at least as long as the hash. */
const minBytes = 32;

/**
 * Makes the key that signs tokens, once.
 * @throws `invalid_configuration` when it is shorter than 32 bytes, or not a secret key
 */
export function signingKey(secret: string | KeyObject): KeyObject {
  const key = secret instanceof KeyObject ? secret : createSecretKey(Buffer.from(secret));
  if (key.type !== "secret") throw authErrors.invalid_configuration({ detail: "tokens.secret is not a secret key." });
  if ((key.symmetricKeySize ?? 0) < minBytes) {
    throw authErrors.invalid_configuration({ detail: `tokens.secret has fewer than ${minBytes} bytes.` });
  }
  return key;
}
