/** The licences' SQL. */
import type { Tx } from "@revops/database";
import { marketplaceTables } from "../schema.ts";

type NewLicense = ReturnType<typeof marketplaceTables>["licenses"]["$inferInsert"];

/** The key of the order's licence: the one given, or that of a licence issued for the same order before. */
export async function insertLicense(tx: Tx, license: NewLicense): Promise<string> {
  const { licenses } = marketplaceTables(tx.dialect);
  const [row] = await tx.db
    .insert(licenses)
    .values(license)
    // Changing nothing returns the row that is there.
    .onConflictDoUpdate({ target: licenses.orderId, set: { orderId: license.orderId } })
    .returning({ key: licenses.key });
  return row?.key ?? license.key;
}
