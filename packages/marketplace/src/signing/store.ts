/** The signing keys' SQL. */
import type { Handle, Tx } from "@revops/database";
import { and, asc, eq, isNull } from "drizzle-orm";
import { marketplaceTables } from "../schema.ts";

export type SigningKeyRow = ReturnType<typeof marketplaceTables>["signingKeys"]["$inferSelect"];

export async function findCurrentKey(handle: Handle): Promise<SigningKeyRow | null> {
  const { signingKeys } = marketplaceTables(handle.dialect);
  const [row] = await handle.db.select().from(signingKeys).where(eq(signingKeys.current, true));
  return row ?? null;
}

/** False when there is a current one. */
export async function insertKey(tx: Tx, key: SigningKeyRow): Promise<boolean> {
  const { signingKeys } = marketplaceTables(tx.dialect);
  const rows = await tx.db
    .insert(signingKeys)
    .values(key)
    .onConflictDoNothing({ target: signingKeys.current })
    .returning();
  return rows.length === 1;
}

/** Ends the signing of a key; what it signed goes on being believed. */
export async function retireKey(tx: Tx, kid: string): Promise<void> {
  const { signingKeys } = marketplaceTables(tx.dialect);
  await tx.db.update(signingKeys).set({ current: null }).where(eq(signingKeys.kid, kid));
}

/** False when there is no such key, or it was revoked before. */
export async function revokeKey(tx: Tx, kid: string, now: Date): Promise<boolean> {
  const { signingKeys } = marketplaceTables(tx.dialect);
  const rows = await tx.db
    .update(signingKeys)
    .set({ current: null, revokedAt: now })
    .where(and(eq(signingKeys.kid, kid), isNull(signingKeys.revokedAt)))
    .returning();
  return rows.length === 1;
}

/** All that are believed, the oldest first. */
export async function selectKeys(handle: Handle): Promise<SigningKeyRow[]> {
  const { signingKeys } = marketplaceTables(handle.dialect);
  return handle.db.select().from(signingKeys).where(isNull(signingKeys.revokedAt)).orderBy(asc(signingKeys.createdAt));
}
