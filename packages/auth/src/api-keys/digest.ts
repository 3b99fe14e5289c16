import { hash, randomBytes } from "node:crypto";

/** A salt of its own for each key, so that two databases never hold the same digest. */
export function createSalt(): string {
  return randomBytes(16).toString("base64url");
}

/** SHA-256 of salt and secret. No stretching: a secret of 190 random bits cannot be guessed, however fast the hash. */
export function digestOf(salt: string, secret: string): Buffer {
  return Buffer.from(digestText(salt + secret), "hex");
}

const encoder = new TextEncoder();
/** The texts of two digests, for the time of a comparison. */
const left = new Uint8Array(64);
const right = new Uint8Array(64);
const leftWords = new Uint32Array(left.buffer);
const rightWords = new Uint32Array(right.buffer);

/** Compares in constant time. @param digest in hexadecimal, of either case: to ask SQLite for one of them costs more */
export function isDigestOf(digest: string, salt: string, secret: string): boolean {
  const actual = digestText(salt + secret);
  if (actual.length !== digest.length) return false;
  // `timingSafeEqual` needs buffers, and a new one takes as long as the hash: these are for all, four characters at a time.
  encoder.encodeInto(actual, left);
  encoder.encodeInto(digest, right);
  let difference = 0;
  // Without the bit in which "a" and "A" differ.
  for (let at = 0; at < leftWords.length; at++) {
    difference |= ((leftWords[at] ?? 0) ^ (rightWords[at] ?? 0)) & 0xdfdfdfdf;
  }
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
