/** The SQL of courses: lessons that were completed, and certificates. */
import type { Handle, Tx } from "@revops/database";
import { and, asc, eq, inArray, isNull } from "drizzle-orm";
import { marketplaceTables } from "../schema.ts";

export type CertificateRow = ReturnType<typeof marketplaceTables>["certificates"]["$inferSelect"];

/** The first time stays. */
export async function insertLesson(tx: Tx, lesson: { orderId: string; lessonId: string; at: Date }): Promise<void> {
  const { lessons } = marketplaceTables(tx.dialect);
  await tx.db.insert(lessons).values(lesson).onConflictDoNothing();
}

export async function selectLessons(handle: Handle, orderId: string): Promise<string[]> {
  const { lessons } = marketplaceTables(handle.dialect);
  const rows = await handle.db.select().from(lessons).where(eq(lessons.orderId, orderId)).orderBy(asc(lessons.at));
  return rows.map(({ lessonId }) => lessonId);
}

/** The order's certificate: this one, or the one that it has. */
export async function insertCertificate(tx: Tx, certificate: CertificateRow): Promise<CertificateRow> {
  const { certificates } = marketplaceTables(tx.dialect);
  const [row] = await tx.db
    .insert(certificates)
    .values(certificate)
    // Changing nothing returns the row that is there.
    .onConflictDoUpdate({ target: certificates.orderId, set: { orderId: certificate.orderId } })
    .returning();
  return row ?? certificate;
}

export async function findCertificate(
  handle: Handle,
  wanted: { id: string } | { orderId: string },
): Promise<CertificateRow | null> {
  const { certificates } = marketplaceTables(handle.dialect);
  const condition = "id" in wanted ? eq(certificates.id, wanted.id) : eq(certificates.orderId, wanted.orderId);
  const [row] = await handle.db.select().from(certificates).where(condition);
  return row ?? null;
}

/** All that a subject was given. */
export async function removeCertificatesOf(tx: Tx, subjectId: string): Promise<void> {
  const { certificates, orders } = marketplaceTables(tx.dialect);
  const bought = tx.db.select({ id: orders.id }).from(orders).where(eq(orders.buyerId, subjectId));
  await tx.db.delete(certificates).where(inArray(certificates.orderId, bought));
}

export async function revokeCertificate(tx: Tx, orderId: string, now: Date): Promise<void> {
  const { certificates } = marketplaceTables(tx.dialect);
  await tx.db
    .update(certificates)
    .set({ revokedAt: now })
    .where(and(eq(certificates.orderId, orderId), isNull(certificates.revokedAt)));
}
