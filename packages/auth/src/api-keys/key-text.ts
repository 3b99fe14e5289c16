/**
 * What a key looks like: `rvk_<id>_<secret><checksum>`.
 * The id finds the row, so that nothing is searched by hash; the checksum tells a mistyped or invented key without a
 * query, and lets a secret scanner tell a key from any other text.
 */
import { randomBytes } from "node:crypto";

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** 32 of 62 characters: 190 bits. */
const secretLength = 32;
const checksumLength = 6;

/** How a key begins; a bearer that begins so is a key. */
export const keyPrefix = "rvk_";
const idPrefix = "key_";

/** The id is that of `createId` without its prefix: Crockford's base 32, time first. */
const idAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";
const idAt = keyPrefix.length;
const idEnd = idAt + 26;
const secretAt = idEnd + 1;
const secretEnd = secretAt + secretLength;
/** Every key is as long as every other. */
export const keyLength = secretEnd + checksumLength;

/** No digit: there are less than so many. */
const none = 255;
const digits = digitsOf(base62);
const idDigits = digitsOf(idAlphabet);
const crcOfByte = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
  return crc;
});
const crcOfPrefix = crcOf(keyPrefix);
const underscore = "_".charCodeAt(0);

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

/**
 * Reads a key; null for what is not one, a wrong checksum included. On the path of every key that is seen for the first time:
 * one walk with tables takes a third of what a pattern and zlib's checksum do.
 */
export function readKey(text: string): KeyText | null {
  return isKey(text) ? { id: idPrefix + text.slice(idAt, idEnd), secret: text.slice(secretAt, secretEnd) } : null;
}

function isKey(text: string): boolean {
  if (typeof text !== "string" || text.length !== keyLength || !text.startsWith(keyPrefix)) return false;
  let crc = crcOfPrefix;
  let alphabet = idDigits;
  for (let at = idAt; at < secretEnd; at++) {
    const code = text.charCodeAt(at);
    crc = nextCrc(crc, code);
    if (at !== idEnd) {
      if (alphabet[code] === none) return false;
    } else if (code === underscore) alphabet = digits;
    else return false;
  }
  let sum = 0;
  for (let at = secretEnd; at < keyLength; at++) {
    const digit = digits[text.charCodeAt(at)] ?? none;
    if (digit === none) return false;
    sum = sum * 62 + digit;
  }
  return sum === asChecksum(crc);
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
  let rest = asChecksum(crcOf(body));
  let text = "";
  for (let i = 0; i < checksumLength; i++) {
    text = base62.charAt(rest % 62) + text;
    rest = Math.floor(rest / 62);
  }
  return text;
}

/** What each character of the alphabet counts, by its code; {@link none} for every other. */
function digitsOf(alphabet: string): Uint8Array {
  const values = new Uint8Array(0x1_00_00).fill(none);
  for (const [value, character] of [...alphabet].entries()) values[character.charCodeAt(0)] = value;
  return values;
}

/** The CRC-32 of zlib and PNG (ISO 3309) of an ASCII text, under way: {@link asChecksum} ends it. */
function crcOf(text: string): number {
  let crc = -1;
  for (let at = 0; at < text.length; at++) crc = nextCrc(crc, text.charCodeAt(at));
  return crc;
}

function nextCrc(crc: number, code: number): number {
  return (crcOfByte[(crc ^ code) & 0xff] ?? 0) ^ (crc >>> 8);
}

const asChecksum = (crc: number) => (crc ^ -1) >>> 0;
