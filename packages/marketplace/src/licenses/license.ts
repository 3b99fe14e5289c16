/** A licence as its holder sees it. */

/** `suspended` while its payment is disputed, `expired` when its subscription was not paid on. */
export type LicenseStatus = "active" | "suspended" | "expired" | "revoked";

export interface License {
  /** `lic_…` */
  readonly id: string;
  readonly purchaseId: string;
  readonly packageId: string;
  readonly subjectId: string;
  readonly key: string;
  readonly status: LicenseStatus;
  readonly tier: string | null;
  readonly limits: Readonly<Record<string, number>>;
  /** The first version that it does not cover; null when it covers all. */
  readonly versionsBelow: string | null;
  /** Devices at once; null is any number. */
  readonly maxActivations: number | null;
  readonly activations: number;
  readonly issuedAt: Date;
  /** Null is never. */
  readonly expiresAt: Date | null;
}

export interface Activation {
  readonly fingerprint: string;
  readonly name: string | null;
  readonly activatedAt: Date;
}
