/** The SQL of moderation. */
import type { Handle, Tx } from "@revops/database";
import { asc, eq } from "drizzle-orm";
import { marketplaceTables } from "../schema.ts";
import type { ModerationEntry } from "./moderation-entry.ts";

type Row = ReturnType<typeof marketplaceTables>["moderations"]["$inferSelect"];

export async function insertModeration(tx: Tx, row: Row): Promise<void> {
  await tx.db.insert(marketplaceTables(tx.dialect).moderations).values(row);
}

/** Oldest first. */
export async function selectModerations(handle: Handle, listingId: string): Promise<ModerationEntry[]> {
  const { moderations } = marketplaceTables(handle.dialect);
  const rows = await handle.db
    .select()
    .from(moderations)
    .where(eq(moderations.listingId, listingId))
    .orderBy(asc(moderations.id));
  return rows.map(({ listingId: packageId, ...row }) => ({ ...row, packageId }));
}
