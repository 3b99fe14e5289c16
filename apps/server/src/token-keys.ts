/** `JWT_KEYS`: what access tokens are signed with when others shall verify them without our secret. */
import { createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import type { TokenKeyInput } from "@revops/auth";
import { z } from "zod";
import { ConfigError } from "./config-error.ts";

const name = "JWT_KEYS";

/** RFC 7517 §5. Members that a key type has beside these are for `node:crypto` to judge. */
const keySet = z.object({
  keys: z
    .array(z.looseObject({ kid: z.string().regex(/^[\w.-]{1,64}$/), alg: z.enum(["RS256", "ES256"]), kty: z.string() }))
    .min(1),
});

/**
 * Reads a JSON Web Key Set: the text itself, or a file of it. The first key signs and has to be private; the others, private
 * or public, verify what they signed before.
 * @throws ConfigError with one line, which never shows anything of a key
 */
export function readTokenKeySet(value: string): TokenKeyInput[] {
  const text = value.trimStart().startsWith("{") ? value : readKeyFile(value);
  const parsed = keySet.safeParse(parseJson(text));
  if (!parsed.success) {
    const where = parsed.error.issues[0]?.path.join(".") || "the whole";
    throw wrong(
      `must be a JWK Set {"keys":[…]} whose keys have a kid and an alg of RS256 or ES256 (wrong at ${where})`,
    );
  }
  const keys = parsed.data.keys.map((jwk) => ({ kid: jwk.kid, algorithm: jwk.alg, key: keyOf(jwk) }));
  if (keys[0]?.key.type !== "private") throw wrong("must begin with a private key, which signs");
  const twice = keys.find(({ kid }, n) => keys.findIndex((key) => key.kid === kid) !== n);
  if (twice) throw wrong(`has the kid ${twice.kid} twice`);
  for (const { kid, algorithm, key } of keys) {
    if (!fits(key, algorithm)) throw wrong(`has a key ${kid} that cannot be used for ${algorithm}`);
  }
  return keys;
}

function readKeyFile(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    throw wrong("must be a JWK Set, or the name of a file that holds one and can be read");
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Without the cause: it shows what it could not read.
    throw wrong("must be JSON");
  }
}

function keyOf(jwk: JsonWebKey & { readonly kid: string }): KeyObject {
  try {
    return jwk.d === undefined
      ? createPublicKey({ key: jwk, format: "jwk" })
      : createPrivateKey({ key: jwk, format: "jwk" });
  } catch {
    throw wrong(`has a key ${jwk.kid} that is no JSON Web Key`);
  }
}

/** RFC 7518 §3.3 and §3.4. */
function fits({ asymmetricKeyType, asymmetricKeyDetails: details }: KeyObject, algorithm: string): boolean {
  if (algorithm === "RS256") return asymmetricKeyType === "rsa" && (details?.modulusLength ?? 0) >= 2_048;
  return asymmetricKeyType === "ec" && details?.namedCurve === "prime256v1";
}

const wrong = (what: string) => new ConfigError(`${name} ${what}.`);
