import { canonicalJson, sha256 } from "@revops/core";
import { apiErrors } from "../problems/errors.ts";

/** What makes two requests the same: the order of a body's members does not count, everything else does. */
export function fingerprintOf(method: string, url: string, body: unknown): string {
  return sha256(canonicalJson([method.toUpperCase(), url, body ?? null]));
}

/**
 * Reads `Idempotency-Key`: 1 to 255 visible ASCII characters.
 * @throws `invalid_idempotency_key`
 */
export function idempotencyKeyOf(header: string | string[] | undefined): string | null {
  if (header === undefined) return null;
  if (typeof header === "string" && /^[\x21-\x7e]{1,255}$/.test(header)) return header;
  throw apiErrors.invalid_idempotency_key({ detail: "An Idempotency-Key is 1 to 255 visible ASCII characters." });
}
