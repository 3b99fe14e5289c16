/** The licences' SQL. */
import type { Handle, Tx } from "@revops/database";
import { and, asc, desc, eq, inArray, isNull, lt, or, sql } from "drizzle-orm";
import { marketplaceTables } from "../schema.ts";
import type { Activation, License, LicenseStatus } from "./license.ts";

type Schema = ReturnType<typeof marketplaceTables>;
type NewLicense = Schema["licenses"]["$inferInsert"];
type Row = Schema["licenses"]["$inferSelect"];

/** The key of the order's licence: the one given, or that of a licence issued for the same order before. */
export async function insertLicense(tx: Tx, license: NewLicense): Promise<string> {
  const { licenses } = marketplaceTables(tx.dialect);
  const { revokedAt = null, revokeReason = null, suspendedAt = null, expiresAt = null } = license;
  const [row] = await tx.db
    .insert(licenses)
    .values({ ...license, activations: 0 })
    // An order that is paid after all keeps its licence, and gets it back.
    .onConflictDoUpdate({ target: licenses.orderId, set: { revokedAt, revokeReason, suspendedAt, expiresAt } })
    .returning({ key: licenses.key });
  return row?.key ?? license.key;
}

function toLicense(row: Row, now: Date): License {
  const { tier, limits, maxActivations, versions } = row.terms ?? {};
  return {
    id: row.id,
    purchaseId: row.orderId,
    packageId: row.listingId,
    subjectId: row.subjectId,
    key: row.key,
    status: statusOf(row, now),
    tier: tier ?? null,
    limits: limits ?? {},
    versionsBelow: typeof versions === "object" ? versions.below : null,
    maxActivations: maxActivations ?? null,
    activations: row.activations ?? 0,
    issuedAt: row.issuedAt,
    expiresAt: row.expiresAt,
  };
}

function statusOf({ revokedAt, suspendedAt, expiresAt }: Row, now: Date): LicenseStatus {
  if (revokedAt !== null) return "revoked";
  if (suspendedAt !== null) return "suspended";
  return expiresAt !== null && expiresAt <= now ? "expired" : "active";
}

type Wanted = { readonly id: string } | { readonly key: string } | { readonly orderId: string };

function condition(handle: Handle, wanted: Wanted) {
  const { licenses } = marketplaceTables(handle.dialect);
  if ("id" in wanted) return eq(licenses.id, wanted.id);
  return "key" in wanted ? eq(licenses.key, wanted.key) : eq(licenses.orderId, wanted.orderId);
}

export async function findLicense(handle: Handle, wanted: Wanted, now: Date): Promise<License | null> {
  const { licenses } = marketplaceTables(handle.dialect);
  const [row] = await handle.db.select().from(licenses).where(condition(handle, wanted));
  return row ? toLicense(row, now) : null;
}

/** Takes the licence's row for this transaction. */
export async function lockLicense(tx: Tx, wanted: Wanted, now: Date): Promise<License | null> {
  const { licenses } = marketplaceTables(tx.dialect);
  const [row] = await tx.db
    .update(licenses)
    .set({ activations: sql`coalesce(${licenses.activations}, 0)` })
    .where(condition(tx, wanted))
    .returning();
  return row ? toLicense(row, now) : null;
}

export async function updateLicense(tx: Tx, wanted: Wanted, changes: Partial<Row>): Promise<void> {
  const { licenses } = marketplaceTables(tx.dialect);
  await tx.db.update(licenses).set(changes).where(condition(tx, wanted));
}

/** The first reason stays. */
export async function markRevoked(
  tx: Tx,
  wanted: Wanted,
  { reason, now }: { reason: string; now: Date },
): Promise<void> {
  const { licenses } = marketplaceTables(tx.dialect);
  await tx.db
    .update(licenses)
    .set({ revokedAt: now, revokeReason: reason })
    .where(and(condition(tx, wanted), isNull(licenses.revokedAt)));
}

/** Newest first. */
export async function selectLicenses(
  handle: Handle,
  { subjectId, limit, after, now }: { subjectId: string; limit: number; after: string | undefined; now: Date },
): Promise<License[]> {
  const { licenses } = marketplaceTables(handle.dialect);
  const from = after === undefined ? undefined : lt(licenses.id, after);
  const rows = await handle.db
    .select()
    .from(licenses)
    .where(and(eq(licenses.subjectId, subjectId), from))
    .orderBy(desc(licenses.id))
    .limit(limit);
  return rows.map((row) => toLicense(row, now));
}

/** False when it was active on this device. */
export async function insertActivation(tx: Tx, activation: Schema["activations"]["$inferInsert"]): Promise<boolean> {
  const { activations } = marketplaceTables(tx.dialect);
  const rows = await tx.db.insert(activations).values(activation).onConflictDoNothing().returning();
  return rows.length === 1;
}

/** Counts one more device; false at the limit. */
export async function countActivation(tx: Tx, licenseId: string, max: number | null): Promise<boolean> {
  const { licenses } = marketplaceTables(tx.dialect);
  const count = sql`coalesce(${licenses.activations}, 0)`;
  const rows = await tx.db
    .update(licenses)
    .set({ activations: sql`${count} + 1` })
    .where(and(eq(licenses.id, licenseId), max === null ? undefined : or(sql`${count} < ${max}`)))
    .returning();
  return rows.length === 1;
}

/** False when it was not active there. */
export async function removeActivation(tx: Tx, licenseId: string, fingerprint: string): Promise<boolean> {
  const { activations, licenses } = marketplaceTables(tx.dialect);
  const rows = await tx.db
    .delete(activations)
    .where(and(eq(activations.licenseId, licenseId), eq(activations.fingerprint, fingerprint)))
    .returning();
  if (rows.length === 0) return false;
  await tx.db
    .update(licenses)
    .set({ activations: sql`${licenses.activations} - 1` })
    .where(eq(licenses.id, licenseId));
  return true;
}

export async function removeActivations(tx: Tx, licenseId: string): Promise<void> {
  const { activations, licenses } = marketplaceTables(tx.dialect);
  await tx.db.delete(activations).where(eq(activations.licenseId, licenseId));
  await tx.db.update(licenses).set({ activations: 0 }).where(eq(licenses.id, licenseId));
}

export async function selectActivations(handle: Handle, licenseId: string): Promise<Activation[]> {
  const { activations } = marketplaceTables(handle.dialect);
  const rows = await handle.db
    .select()
    .from(activations)
    .where(eq(activations.licenseId, licenseId))
    .orderBy(asc(activations.activatedAt), asc(activations.fingerprint));
  return rows.map(({ licenseId: _license, ...activation }) => activation);
}

/** What people called their devices. */
export async function forgetDevicesOf(tx: Tx, subjectId: string): Promise<void> {
  const { activations, licenses } = marketplaceTables(tx.dialect);
  const had = tx.db.select({ id: licenses.id }).from(licenses).where(eq(licenses.subjectId, subjectId));
  await tx.db.update(activations).set({ name: null }).where(inArray(activations.licenseId, had));
}
