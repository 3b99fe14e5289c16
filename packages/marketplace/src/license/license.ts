/**
 * Checks licences and certificates without a network: `@revops/marketplace/license`. No dependency, only Web Crypto, so it
 * runs in Node, in browsers and at the edge.
 */
import { type ClaimsOf, readClaims, type SignedCertificate, type SignedLicense } from "./claims.ts";
import { decodeBase64Url, decodeJson } from "./encoding.ts";
import { type LicenseKeySet, publicKeyOf } from "./key-set.ts";
import { isBefore } from "./version-order.ts";

export type { LicenseKeySet, SignedCertificate, SignedLicense };

/** Why a licence is not believed, or does not cover what is asked. */
export type LicenseFault =
  /** Not written as a licence is. */
  | "malformed"
  /** A certificate where a licence is asked for, or the other way round. */
  | "wrong_type"
  /** Signed by none of the keys given. */
  | "unknown_key"
  | "bad_signature"
  | "not_yet_valid"
  | "expired"
  | "wrong_package"
  | "wrong_device"
  | "version_not_covered";

export type Verdict<Claims> =
  | { readonly valid: true; readonly claims: Claims }
  | { readonly valid: false; readonly fault: LicenseFault };

export interface VerifyOptions {
  /** The marketplace's public keys: what `GET /marketplace/license-keys` answers, kept with the software. */
  readonly keys: LicenseKeySet;
  /** The present time; the machine's unless given. */
  readonly now?: Date;
  /** How far the machine's clock may be off, in seconds; 60 unless said otherwise. */
  readonly toleranceSeconds?: number;
}

export interface VerifyLicenseOptions extends VerifyOptions {
  /** The id or slug of the package that the licence has to be for. */
  readonly package: string;
  /** Where it runs: refuses a licence that was activated on another device. One that is bound to none fits all. */
  readonly fingerprint?: string;
  /** The version that runs: refuses one that the licence does not cover. */
  readonly version?: string;
}

/**
 * Checks a signed licence. Never throws for what is wrong with the licence.
 * @example
 * const verdict = await verifyLicense(text, { keys, package: "tar-stream", version: "2.1.0" });
 * if (!verdict.valid) exit(verdict.fault);
 * const seats = verdict.claims.limits["seats"];
 */
export async function verifyLicense(text: string, options: VerifyLicenseOptions): Promise<Verdict<SignedLicense>> {
  const verdict = await verify(text, "license", options);
  if (!verdict.valid) return verdict;
  const { packageId, slug, fingerprint, versionsBelow } = verdict.claims;
  const { package: wanted, fingerprint: here, version } = options;
  if (wanted !== packageId && wanted !== slug) return refused("wrong_package");
  if (fingerprint !== null && here !== undefined && fingerprint !== here) return refused("wrong_device");
  const covered = version === undefined || versionsBelow === null || isBefore(version, versionsBelow);
  return covered ? verdict : refused("version_not_covered");
}

/**
 * Checks the certificate of a course. Never throws for what is wrong with the certificate.
 * @example const verdict = await verifyCertificate(text, { keys });
 */
export function verifyCertificate(text: string, options: VerifyOptions): Promise<Verdict<SignedCertificate>> {
  return verify(text, "certificate", options);
}

const refused = (fault: LicenseFault) => ({ valid: false, fault }) as const;

/** Far more than any licence has; what is longer is not looked at. */
const longest = 16_384;
/** A header, a body and 64 bytes of signature, in base64url (RFC 7515 §3.1, RFC 8037 §3.1). */
const form = /^([\w-]{1,300})\.([\w-]+)\.([\w-]{86})$/;

async function verify<Type extends "license" | "certificate">(
  text: string,
  type: Type,
  { keys, now = new Date(), toleranceSeconds = 60 }: VerifyOptions,
): Promise<Verdict<ClaimsOf<Type>>> {
  // Software in JavaScript reads it from a file that may not be there.
  const read = typeof text === "string" && text.length <= longest ? form.exec(text) : null;
  const [, head = "", body = "", mark = ""] = read ?? [];
  const header = decodeJson(head);
  const signature = decodeBase64Url(mark);
  if (!header || !signature || Object.keys(header).sort().join() !== "alg,kid,typ") return refused("malformed");
  // One algorithm: a header chooses none. What it may choose is the key, and only among ours.
  if (header["alg"] !== "EdDSA") return refused("malformed");
  if (header["typ"] !== `revops-${type}+jwt`) return refused("wrong_type");
  const key = await publicKeyOf(keys, header["kid"]);
  if (!key) return refused("unknown_key");
  const signed = new TextEncoder().encode(`${head}.${body}`);
  if (!(await crypto.subtle.verify("Ed25519", key, signature, signed))) return refused("bad_signature");

  const claims = readClaims(type, decodeJson(body));
  if (!claims) return refused("malformed");
  const time = now.getTime() / 1_000;
  // A time that is no number compares as false: neither early nor late, so it is asked for as fitting.
  if (!(claims.issuedAt <= time + toleranceSeconds)) return refused("not_yet_valid");
  if (claims.expiresAt !== null && !(time < claims.expiresAt + toleranceSeconds)) return refused("expired");
  return { valid: true, claims };
}
