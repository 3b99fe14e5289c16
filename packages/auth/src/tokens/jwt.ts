/**
 * Signing and verifying JWTs: `jsonwebtoken` for the cryptography, and in front of it the rules of RFC 8725 that it
 * leaves out. It takes any header it does not know, any `typ`, duplicate members and non-canonical base64url.
 */
import type { KeyObject } from "node:crypto";
import jsonwebtoken from "jsonwebtoken";
import { invalid, readCompact } from "./compact.ts";

export interface JwtOptions {
  readonly key: KeyObject;
  /** The purpose (RFC 8725 §3.11), so that a token made for another one is not taken for this: `at+jwt`, RFC 9068. */
  readonly type: string;
}

export interface Jwt {
  sign(claims: object): string;
  /** The payload of a token whose form, header and signature are in order. What it says is not judged here. */
  verify(token: string): unknown;
}

const algorithm = "HS256";

/** @param options the key as a KeyObject, made once: from text `jsonwebtoken` makes one at each call, four times slower */
export function createJwt({ key, type }: JwtOptions): Jwt {
  const header = { alg: algorithm, typ: type } as const;
  const usualHeader = JSON.stringify(header);
  return {
    sign: (claims) => jsonwebtoken.sign(claims, key, { algorithm, header }),
    verify(token) {
      const compact = readCompact(token);
      if (compact.header !== usualHeader) assertHeader(compact.header, type);
      const payload = verifySignature(token, key);
      // What parses and prints to the same text has no member twice, which parsers disagree about (RFC 7519 §4).
      if (JSON.stringify(payload) !== compact.payload) throw invalid("Its claims are not written plainly.");
      return payload;
    },
  };
}

function verifySignature(token: string, key: KeyObject): unknown {
  try {
    // Times are judged in one place, by the injected clock (`assertInTime`), for fresh and for cached tokens alike.
    return jsonwebtoken.verify(token, key, { algorithms: [algorithm], ignoreExpiration: true, ignoreNotBefore: true });
  } catch (cause) {
    throw invalid("Its signature is not ours.", cause);
  }
}

/**
 * Takes `alg` and `typ` in either order and nothing else: a `crit` that we do not understand, a `b64`, and keys that
 * the token itself brings or names (`kid`, `jku`, `jwk`, `x5u`, `x5c`) are all refused by this one rule.
 */
function assertHeader(text: string, type: string): void {
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (cause) {
    throw invalid("Its header is not JSON.", cause);
  }
  if (typeof header !== "object" || header === null) throw invalid("Its header is not an object.");
  if (JSON.stringify(header) !== text) throw invalid("Its header is not written plainly.");
  const { alg, typ, ...others } = header as Record<string, unknown>;
  if (Object.keys(others).length > 0) throw invalid("Its header has members other than alg and typ.");
  if (alg !== algorithm) throw invalid(`Its algorithm is not ${algorithm}.`);
  if (typ !== type) throw invalid(`Its type is not ${type}.`);
}
