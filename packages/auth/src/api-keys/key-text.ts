/**
 * What a key looks like: `rvk_<id>_<secret><checksum>`.
 * The id finds the row, so that nothing is searched by hash; the checksum tells a mistyped or invented key without a
 * query, and lets a secret scanner tell a key from any other text.
 */
import { randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** 32 of 62 characters: 190 bits. */
const secretLength = 32;
const checksumLength = 6;

/** The id is that of `createId` without its prefix: Crockford's base 32, time first. */
const pattern = /^rvk_[0-9a-hjkmnp-tv-z]{26}_[0-9A-Za-z]{38}$/;

/** Where the secret begins. */
const secretAt = 4 + 26 + 1;
/** Every key is as long as every other. */
export const keyLength = secretAt + secretLength + checksumLength;

/** How a key begins; a bearer that begins so is a key. */
export const keyPrefix = "rvk_";
const idPrefix = "key_";

/** A key taken apart. */
export interface KeyText {
  /** `key_…` */
  readonly id: string;
  readonly secret: string;
}

/** Writes the key with this id and secret. */
export function writeKey({ id, secret }: KeyText): string {
  const body = `${shownPrefix(id)}_${secret}`;
  return body + checksum(body);
}

/** Reads a key; null for what is not one, a wrong checksum included. */
export function readKey(text: string): KeyText | null {
  // Every part has its place: cutting is cheaper than capturing, on the path of every key that is seen for the first time.
  if (typeof text !== "string" || !pattern.test(text)) return null;
  if (checksum(text.slice(0, -checksumLength)) !== text.slice(-checksumLength)) return null;
  return { id: idPrefix + text.slice(keyPrefix.length, secretAt - 1), secret: text.slice(secretAt, -checksumLength) };
}

/** The part of a key that may be shown: what its owner recognises it by. */
export function shownPrefix(id: string): string {
  return keyPrefix + id.slice(idPrefix.length);
}

/** A new secret, each character with the same chance. */
export function createKeySecret(): string {
  let secret = "";
  while (secret.length < secretLength) {
    for (const byte of randomBytes(secretLength)) {
      // 248 is the last multiple of 62: from the bytes above it the first characters would come more often.
      if (byte < 248 && secret.length < secretLength) secret += base62.charAt(byte % 62);
    }
  }
  return secret;
}

/** CRC-32 in base 62. No secret: it is computed from what is in front of it. */
function checksum(body: string): string {
  let rest = crc32(body);
  let text = "";
  for (let i = 0; i < checksumLength; i++) {
    text = base62.charAt(rest % 62) + text;
    rest = Math.floor(rest / 62);
  }
  return text;
}
