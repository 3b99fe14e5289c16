/** What is signed. Times are seconds since 1970, as in every JWT (RFC 7519). */
import { isObject } from "./encoding.ts";

export interface SignedLicense {
  readonly licenseId: string;
  readonly purchaseId: string;
  readonly packageId: string;
  readonly slug: string;
  /** Who bought it. */
  readonly subjectId: string;
  /** The edition; null when the package has none. */
  readonly tier: string | null;
  readonly limits: Readonly<Record<string, number>>;
  /** The first version that it does not cover; null when it covers all. */
  readonly versionsBelow: string | null;
  /** The device that it was activated on; null when it is bound to none. */
  readonly fingerprint: string | null;
  readonly issuedAt: number;
  /** By then a new one has to be fetched, and is given as long as the licence is good. */
  readonly expiresAt: number | null;
}

export interface SignedCertificate {
  readonly certificateId: string;
  readonly packageId: string;
  /** The course. */
  readonly title: string;
  /** Whom it is made out to. */
  readonly holder: string;
  readonly subjectId: string;
  readonly issuedAt: number;
  readonly expiresAt: number | null;
}

export type ClaimsOf<Type extends "license" | "certificate"> = Type extends "license"
  ? SignedLicense
  : SignedCertificate;

/** What each claim is, by its name in the token. */
type Kind = "text" | "text or null" | "time" | "time or null" | "limits";

const shapes = {
  license: {
    licenseId: ["jti", "text"],
    purchaseId: ["order", "text"],
    packageId: ["pkg", "text"],
    slug: ["slug", "text"],
    subjectId: ["sub", "text"],
    tier: ["tier", "text or null"],
    limits: ["limits", "limits"],
    versionsBelow: ["below", "text or null"],
    fingerprint: ["device", "text or null"],
    issuedAt: ["iat", "time"],
    expiresAt: ["exp", "time or null"],
  },
  certificate: {
    certificateId: ["jti", "text"],
    packageId: ["pkg", "text"],
    title: ["title", "text"],
    holder: ["holder", "text"],
    subjectId: ["sub", "text"],
    issuedAt: ["iat", "time"],
    expiresAt: ["exp", "time or null"],
  },
} as const satisfies Record<string, Record<string, readonly [claim: string, kind: Kind]>>;

/** Writes the claims under the names that they have in the token. */
export function writeClaims<Type extends "license" | "certificate">(type: Type, claims: ClaimsOf<Type>): object {
  const members = Object.entries(claims);
  const shape: Readonly<Record<string, readonly [string, Kind]>> = shapes[type];
  return Object.fromEntries(members.map(([name, value]) => [shape[name]?.[0] ?? name, value]));
}

/** Reads them back; null when one is missing or is not what it should be. */
export function readClaims<Type extends "license" | "certificate">(
  type: Type,
  token: Readonly<Record<string, unknown>> | null,
): ClaimsOf<Type> | null {
  if (!token) return null;
  const members = Object.entries(shapes[type]).map(([name, [claim, kind]]) => [name, token[claim], kind] as const);
  if (!members.every(([, value, kind]) => fits(value, kind))) return null;
  // Every member of the shape was just compared with its kind.
  return Object.fromEntries(members.map(([name, value]) => [name, value])) as unknown as ClaimsOf<Type>;
}

function fits(value: unknown, kind: Kind): boolean {
  if (kind.endsWith("or null") && value === null) return true;
  if (kind.startsWith("text")) return typeof value === "string";
  if (kind.startsWith("time")) return Number.isSafeInteger(value);
  return isObject(value) && Object.values(value).every(Number.isSafeInteger);
}
