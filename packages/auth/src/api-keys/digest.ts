import { hash, randomBytes, timingSafeEqual } from "node:crypto";

/** A salt of its own for each key, so that two databases never hold the same digest. */
export function createSalt(): string {
  return randomBytes(16).toString("base64url");
}

/** SHA-256 of salt and secret. No stretching: a secret of 190 random bits cannot be guessed, however fast the hash. */
export function digestOf(salt: string, secret: string): Buffer {
  return hash("sha256", salt + secret, "buffer");
}

/** Compares in constant time. */
export function isDigestOf(digest: Buffer, salt: string, secret: string): boolean {
  const actual = digestOf(salt, secret);
  return actual.length === digest.length && timingSafeEqual(actual, digest);
}
