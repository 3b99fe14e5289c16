/** The outer form of a token (RFC 7515 §7.1), read more strictly than the RFC asks: one token, one spelling. */
import { isUtf8 } from "node:buffer";
import { authErrors } from "../errors.ts";

/** Ten times what we issue; a longer one is refused before anything walks it. */
const maxLength = 8_192;

/** The three parts as text, the signature still encoded. */
export interface CompactToken {
  readonly header: string;
  readonly payload: string;
}

/**
 * Takes a token apart.
 * @throws `invalid_token`
 */
export function readCompact(token: string): CompactToken {
  if (typeof token !== "string" || token.length > maxLength) throw invalid("It is too long, or no text.");
  const [header, payload, signature, ...rest] = token.split(".");
  if (header === undefined || payload === undefined || !signature || rest.length > 0) {
    throw invalid("It does not have three parts.");
  }
  decode(signature);
  return { header: decodeText(header), payload: decodeText(payload) };
}

/**
 * Node's decoder skips what it does not know and ignores unused bits at the end, so that many spellings decode to the
 * same bytes. A revoked or cached token must not come back in another one: only what encodes to itself is taken.
 */
function decode(part: string): Buffer {
  const bytes = Buffer.from(part, "base64url");
  if (bytes.toString("base64url") !== part) throw invalid("It is not canonical base64url.");
  return bytes;
}

/** Bytes that are not UTF-8 would be read as "\ufffd", and many tokens as one. */
function decodeText(part: string): string {
  const bytes = decode(part);
  if (!isUtf8(bytes)) throw invalid("It is not UTF-8.");
  return bytes.toString();
}

/** The refusal of a token, with what is wrong with it. */
export function invalid(detail: string, cause?: unknown): Error {
  return authErrors.invalid_token({ detail, cause });
}
