/** The outer form of a token (RFC 7515 §7.1), read more strictly than the RFC asks: one token, one spelling. */
import { authErrors } from "../errors.ts";

/** Ten times what we issue; a longer one is refused before anything walks it. */
const maxLength = 8_192;

/** The three parts, still encoded. */
export interface CompactToken {
  readonly header: string;
  readonly payload: string;
  /** What is signed: header, dot, payload. */
  readonly input: string;
  readonly signature: string;
}

/**
 * Takes a token apart.
 * @throws `invalid_token`
 */
export function readCompact(token: string): CompactToken {
  if (typeof token !== "string" || token.length > maxLength) throw invalid("It is too long, or no text.");
  const first = token.indexOf(".");
  const second = token.indexOf(".", first + 1);
  if (first < 1 || second < 0 || second === token.length - 1 || token.includes(".", second + 1)) {
    throw invalid("It does not have three parts.");
  }
  return {
    header: token.slice(0, first),
    payload: token.slice(first + 1, second),
    input: token.slice(0, second),
    signature: token.slice(second + 1),
  };
}

/**
 * Gives the text of a part. Node's decoder skips what it does not know and ignores unused bits at the end, and bytes that
 * are not UTF-8 are read as "\ufffd", so that many spellings give one text. A revoked or cached token must not come back
 * in another one: only what encodes to itself is taken.
 * @throws `invalid_token`
 */
export function decodeText(part: string): string {
  const text = Buffer.from(part, "base64url").toString();
  if (encodeText(text) !== part) throw invalid("It is not canonical base64url of UTF-8.");
  return text;
}

export function encodeText(text: string): string {
  return Buffer.from(text).toString("base64url");
}

/** Gives the bytes of a part. @throws `invalid_token` */
export function assertCanonical(part: string): void {
  if (Buffer.from(part, "base64url").toString("base64url") !== part) throw invalid("It is not canonical base64url.");
}

/** The refusal of a token, with what is wrong with it. */
export function invalid(detail: string, cause?: unknown): Error {
  return authErrors.invalid_token({ detail, cause });
}
