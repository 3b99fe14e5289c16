import { hash, randomBytes } from "node:crypto";

/** A salt of its own for each key, so that two databases never hold the same digest. */
export function createSalt(): string {
  return randomBytes(16).toString("base64url");
}

/** SHA-256 of salt and secret. No stretching: a secret of 190 random bits cannot be guessed, however fast the hash. */
export function digestOf(salt: string, secret: string): Buffer {
  return Buffer.from(digestText(salt + secret), "hex");
}

/** Compares in constant time. @param digest in hexadecimal, of either case: to ask SQLite for one of them costs more */
export function isDigestOf(digest: string, salt: string, secret: string): boolean {
  const actual = digestText(salt + secret);
  // Every character is looked at, wherever they differ, without the bit in which "a" and "A" do. `timingSafeEqual` needs
  // buffers, and to get one from `hash` takes three times as long as the hash itself.
  let difference = actual.length ^ digest.length;
  for (let at = 0; at < actual.length; at++) difference |= (actual.charCodeAt(at) ^ digest.charCodeAt(at)) & ~0x20;
  return difference === 0;
}

/** SHA-256, a character a byte: the shortest text, and so the quickest to look up. */
export function wholeDigest(text: string): string {
  return hash("sha256", text, "binary");
}

/** SHA-256 in hexadecimal. */
function digestText(text: string): string {
  return hash("sha256", text, "hex");
}
