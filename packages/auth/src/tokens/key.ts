/** The keys that tokens are signed with and verified by. */
import { createPrivateKey, createPublicKey, createSecretKey, type JsonWebKey, KeyObject } from "node:crypto";
import { authErrors } from "../errors.ts";

export type TokenAlgorithm = "HS256" | "RS256" | "ES256";

/** A key, checked and ready. */
export interface TokenKey {
  /** Its name in the header; the secret has none. */
  readonly kid: string | null;
  readonly algorithm: TokenAlgorithm;
  readonly verifyKey: KeyObject;
  /** null for a key that only verifies. */
  readonly signKey: KeyObject | null;
}

/** A member of a key set: a private key signs and verifies, a public one verifies what it signed before. */
export interface TokenKeyInput {
  /** Never given again to another key. */
  readonly kid: string;
  readonly algorithm: "RS256" | "ES256";
  /** PEM or a KeyObject. */
  readonly key: string | KeyObject;
}

export interface TokenKeyOptions {
  readonly secret?: string | KeyObject | undefined;
  readonly keys?: readonly TokenKeyInput[] | undefined;
  readonly signWith?: string | undefined;
}

export interface TokenKeys {
  readonly all: readonly TokenKey[];
  readonly signing: TokenKey;
}

/** RFC 7518 §3.2: a key for HS256 is at least as long as the hash; §3.3: one for RS256 has 2048 bits or more. */
const minSecretBytes = 32;
const minRsaBits = 2_048;

/**
 * Reads the keys, once. `signWith` names the one that signs; without it the secret does, or else the first of the set.
 * @throws `invalid_configuration` when one is too short, of another kind, named twice, or cannot sign and must
 */
export function readTokenKeys({ secret, keys = [], signWith }: TokenKeyOptions): TokenKeys {
  const all = [...(secret === undefined ? [] : [secretKey(secret)]), ...keys.map(setKey)];
  if (new Set(all.map(({ kid }) => kid)).size < all.length) throw wrong("Two keys of tokens.keys have the same kid.");
  const signing = signWith === undefined ? all[0] : all.find(({ kid }) => kid === signWith);
  if (!signing) throw wrong("Tokens need tokens.secret or tokens.keys, and tokens.signWith one of these.");
  if (!signing.signKey) throw wrong("The key that signs tokens is not a private key.");
  return { all, signing };
}

function secretKey(secret: string | KeyObject): TokenKey {
  const key = secret instanceof KeyObject ? secret : createSecretKey(Buffer.from(secret));
  if (key.type !== "secret") throw wrong("tokens.secret is not a secret key.");
  if ((key.symmetricKeySize ?? 0) < minSecretBytes)
    throw wrong(`tokens.secret has fewer than ${minSecretBytes} bytes.`);
  return { kid: null, algorithm: "HS256", verifyKey: key, signKey: key };
}

function setKey({ kid, algorithm, key: given }: TokenKeyInput): TokenKey {
  if (!/^[\w.-]{1,64}$/.test(kid)) throw wrong("A kid has 1 to 64 letters, digits, dots, dashes and underscores.");
  const key = given instanceof KeyObject ? given : readPem(kid, given);
  if (!fits(key, algorithm)) throw wrong(`The key ${kid} cannot be used for ${algorithm}.`);
  const isPrivate = key.type === "private";
  return { kid, algorithm, verifyKey: isPrivate ? createPublicKey(key) : key, signKey: isPrivate ? key : null };
}

function readPem(kid: string, pem: string): KeyObject {
  try {
    return pem.includes("PRIVATE KEY") ? createPrivateKey(pem) : createPublicKey(pem);
  } catch {
    // Without the cause: it may show the key.
    throw wrong(`The key ${kid} is not PEM.`);
  }
}

function fits({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject, algorithm: string): boolean {
  if (algorithm === "RS256")
    return asymmetricKeyType === "rsa" && (asymmetricKeyDetails?.modulusLength ?? 0) >= minRsaBits;
  return algorithm === "ES256" && asymmetricKeyType === "ec" && asymmetricKeyDetails?.namedCurve === "prime256v1";
}

/** A key as others verify our tokens by (RFC 7517). */
export interface PublicKey extends JsonWebKey {
  readonly kid: string;
  readonly alg: string;
  readonly use: "sig";
}

/** The public halves of a key set. A secret is in none. */
export function publicKeys(keys: readonly TokenKey[]): PublicKey[] {
  return keys.flatMap(({ kid, algorithm, verifyKey }) =>
    kid === null || verifyKey.type !== "public"
      ? []
      : [{ ...verifyKey.export({ format: "jwk" }), kid, alg: algorithm, use: "sig" as const }],
  );
}

const wrong = (detail: string) => authErrors.invalid_configuration({ detail });
