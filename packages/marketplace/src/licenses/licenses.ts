/** Licences: the proof of purchase that a buyer holds, on devices with a network and without. */
import { type Clock, dayMs, isStorableText, type Page, type PageRequest, pageOf } from "@revops/core";
import type { Database, Handle, Tx } from "@revops/database";
import { marketplaceErrors } from "../errors.ts";
import { isBefore } from "../license/version-order.ts";
import { findListing } from "../listings/store.ts";
import type { Signing, SigningKeys } from "../signing/signing.ts";
import { readLicenseKey } from "./key.ts";
import type { Activation, License, LicenseStatus } from "./license.ts";
import {
  countActivation,
  findLicense,
  insertActivation,
  lockLicense,
  markRevoked,
  removeActivation,
  removeActivations,
  selectActivations,
  selectLicenses,
  updateLicense,
} from "./store.ts";

/** A licence with what was signed for the device that asked. */
export interface ActivatedLicense {
  readonly license: License;
  /** Checked by `verifyLicense` of `@revops/marketplace/license`. */
  readonly signed: string;
}

export interface LicenseCheck {
  readonly valid: boolean;
  /** Null when valid. */
  readonly reason: Exclude<LicenseStatus, "active"> | "unknown" | "not_activated" | "version_not_covered" | null;
  readonly license: Omit<License, "key" | "subjectId"> | null;
}

export interface Licenses {
  /** A subject's licences, newest first. */
  list(subjectId: string, page: PageRequest): Promise<Page<License>>;
  /** One of them, with the devices it is active on. @throws `license_not_found` */
  get(license: {
    licenseId: string;
    subjectId: string;
  }): Promise<License & { readonly devices: readonly Activation[] }>;
  /**
   * Makes a licence active on a device and signs it for there. On a device where it is active, it is signed anew. Of
   * many at once, exactly as many succeed as the licence allows.
   * @param activation `fingerprint`: 8 to 200 characters that name the device
   * @throws `license_not_found`, `license_not_active` (fields.status), `activation_limit_reached` (fields.limit),
   *   `invalid_fingerprint`
   * @example const { signed } = await licenses.activate({ key: "rvl-…", fingerprint: "8f3a…" });
   */
  activate(activation: { key: string; fingerprint: string; name?: string | undefined }): Promise<ActivatedLicense>;
  /** Frees a device's place, at once: what was signed for it ends by itself. @throws `license_not_found`, `activation_not_found` */
  deactivate(activation: { key: string; fingerprint: string }, tx?: Tx): Promise<License>;
  /** Says whether a key is good now, for a device and a version when they are given. Never throws for what it finds. */
  check(asked: { key: string; fingerprint?: string | undefined; version?: string | undefined }): Promise<LicenseCheck>;
  /** Signs a licence that is bound to no device. @throws `license_not_found`, `license_not_active` */
  sign(license: { licenseId: string; subjectId: string }): Promise<ActivatedLicense>;
  /**
   * Gives a licence a new key, for one that leaked: the old one and all activations end, and their places are free. What was signed
   * for them is believed without a network until its own end, `offlineDays` at most.
   * @throws `license_not_found`, `license_not_active`
   */
  rotate(license: { licenseId: string; subjectId: string }, tx?: Tx): Promise<License>;
  /** Ends a licence for good; its downloads too. @throws `license_not_found` */
  revoke(license: { licenseId: string; reason: string }, tx?: Tx): Promise<License>;
  readonly signingKeys: SigningKeys;
}

export interface LicensesOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly signing: Signing;
  readonly licenseKeys: () => string;
  /** How long a signed licence is good without a network, in days. */
  readonly offlineDays: number;
}

const fingerprintPattern = /^[\x21-\x7e]{8,200}$/;
const longestName = 200;

export function createLicenses({ database, clock, signing, licenseKeys, offlineDays }: LicensesOptions): Licenses {
  return {
    async list(subjectId, { limit, after }) {
      const rows = await selectLicenses(database, { subjectId, limit: limit + 1, after, now: clock.now() });
      return pageOf(rows, limit, ({ id }) => id);
    },

    async get({ licenseId, subjectId }) {
      const license = await own(database, licenseId, subjectId);
      return { ...license, devices: await selectActivations(database, license.id) };
    },

    async activate({ key, fingerprint, name }) {
      if (!fingerprintPattern.test(fingerprint)) {
        throw marketplaceErrors.invalid_fingerprint({ detail: "A fingerprint is 8 to 200 visible ASCII characters." });
      }
      const label = name === undefined || !isStorableText(name) ? null : name.slice(0, longestName).toWellFormed();
      const license = await database.transaction(async (tx) => {
        const found = active(await lockLicense(tx, { key: readLicenseKey(storable(key)) }, clock.now()));
        const { id: licenseId, maxActivations: limit } = found;
        if (!(await insertActivation(tx, { licenseId, fingerprint, name: label, activatedAt: clock.now() })))
          return found;
        if (await countActivation(tx, licenseId, limit)) return { ...found, activations: found.activations + 1 };
        throw marketplaceErrors.activation_limit_reached({
          detail: `It is active on ${limit} devices already.`,
          fields: { limit },
        });
      });
      return { license, signed: await signed(license, fingerprint) };
    },

    deactivate: ({ key, fingerprint }, tx) =>
      database.transaction(async (tx) => {
        const found = await lockLicense(tx, { key: readLicenseKey(storable(key)) }, clock.now());
        if (!found) throw marketplaceErrors.license_not_found();
        const removed = isStorableText(fingerprint) && (await removeActivation(tx, found.id, fingerprint));
        if (!removed) throw marketplaceErrors.activation_not_found();
        return { ...found, activations: found.activations - 1 };
      }, tx),

    async check({ key, fingerprint, version }) {
      const found = isStorableText(key) ? await findLicense(database, { key: readLicenseKey(key) }, clock.now()) : null;
      if (!found) return { valid: false, reason: "unknown", license: null };
      const { key: _key, subjectId: _subject, ...license } = found;
      const no = (reason: NonNullable<LicenseCheck["reason"]>) => ({ valid: false, reason, license });
      if (found.status !== "active") return no(found.status);
      if (version !== undefined && !covers(found, version)) return no("version_not_covered");
      if (fingerprint !== undefined) {
        const devices = await selectActivations(database, found.id);
        if (!devices.some((device) => device.fingerprint === fingerprint)) return no("not_activated");
      }
      return { valid: true, reason: null, license };
    },

    async sign({ licenseId, subjectId }) {
      const license = active(await own(database, licenseId, subjectId));
      return { license, signed: await signed(license, null) };
    },

    rotate: ({ licenseId, subjectId }, tx) =>
      database.transaction(async (tx) => {
        await lockLicense(tx, { id: storable(licenseId) }, clock.now());
        const license = active(await own(tx, licenseId, subjectId));
        const key = licenseKeys();
        await updateLicense(tx, { id: license.id }, { key });
        await removeActivations(tx, license.id);
        return { ...license, key, activations: 0 };
      }, tx),

    revoke: ({ licenseId, reason }, tx) =>
      database.transaction(async (tx) => {
        const now = clock.now();
        const license = await lockLicense(tx, { id: storable(licenseId) }, now);
        if (!license) throw marketplaceErrors.license_not_found();
        await markRevoked(tx, { id: license.id }, { reason, now });
        return { ...license, status: "revoked" as const };
      }, tx),

    signingKeys: { publicKeys: signing.publicKeys, rotate: signing.rotate, revoke: signing.revoke },
  };

  async function own(handle: Handle, licenseId: string, subjectId: string): Promise<License> {
    const license = await findLicense(handle, { id: storable(licenseId) }, clock.now());
    if (license?.subjectId !== subjectId) throw marketplaceErrors.license_not_found();
    return license;
  }

  /** Good for some weeks: a licence that was taken back is believed no longer than that, where nobody can ask. */
  async function signed(license: License, fingerprint: string | null): Promise<string> {
    const now = clock.now().getTime();
    const end = Math.min(now + offlineDays * dayMs, license.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY);
    const { id: licenseId, purchaseId, packageId, subjectId, tier, limits, versionsBelow } = license;
    return signing.sign("license", {
      licenseId,
      purchaseId,
      packageId,
      slug: (await findListing(database, packageId))?.slug ?? "",
      subjectId,
      tier,
      limits,
      versionsBelow,
      fingerprint,
      issuedAt: Math.floor(now / 1_000),
      expiresAt: Math.floor(end / 1_000),
    });
  }
}

/** Whether a licence covers a version. */
export const covers = ({ versionsBelow }: Pick<License, "versionsBelow">, version: string) =>
  versionsBelow === null || isBefore(version, versionsBelow);

/** PostgreSQL refuses such text with an error of its own; no licence has it. @throws `license_not_found` */
function storable(text: string): string {
  if (!isStorableText(text)) throw marketplaceErrors.license_not_found();
  return text;
}

function active(license: License | null): License {
  if (!license) throw marketplaceErrors.license_not_found();
  if (license.status === "active") return license;
  throw marketplaceErrors.license_not_active({
    detail: `The licence is ${license.status}.`,
    fields: { licenseStatus: license.status },
  });
}
