/** The public keys that licences are checked with: a JWK Set (RFC 7517) of Ed25519 keys (RFC 8037). */

interface LicenseKey {
  readonly kty: string;
  readonly crv?: string | undefined;
  readonly kid?: string | undefined;
  /** The public key, in base64url. */
  readonly x?: string | undefined;
}

export interface LicenseKeySet {
  readonly keys: readonly LicenseKey[];
}

/** Web Crypto's, whichever of its type definitions is there. */
type PublicKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/**
 * The key of that name; null when there is none, or more than one.
 * @throws TypeError for what is no key set: the programmer's mistake, which must not look like a bad licence
 */
export async function publicKeyOf(set: LicenseKeySet, kid: unknown): Promise<PublicKey | null> {
  if (!Array.isArray(set?.keys))
    throw new TypeError("options.keys is { keys: [...] }, as GET /marketplace/license-keys answers");
  const keys: LicenseKeySet["keys"] = set.keys;
  const fitting = keys.filter((key) => typeof kid === "string" && key?.kid === kid);
  const [key] = fitting;
  if (!key || fitting.length > 1 || key.kty !== "OKP" || key.crv !== "Ed25519" || key.x === undefined) return null;
  const jwk = { kty: "OKP", crv: "Ed25519", x: key.x };
  return crypto.subtle.importKey("jwk", jwk, "Ed25519", false, ["verify"]).catch(() => null);
}
