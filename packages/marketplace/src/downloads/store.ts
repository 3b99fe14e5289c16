/** The downloads' SQL. */
import { type Handle, prepared, type Tx } from "@revops/database";
import { and, eq, sql } from "drizzle-orm";
import { marketplaceTables } from "../schema.ts";

const findOn = { sqlite: prepareFind("sqlite"), postgres: prepareFind("postgres") };

function prepareFind(dialect: Handle["dialect"]) {
  const { downloads } = marketplaceTables(dialect);
  return prepared("marketplace_find_download", (db) =>
    db
      .select({ at: downloads.at })
      .from(downloads)
      .where(
        and(
          eq(downloads.listingId, sql.placeholder("listingId")),
          eq(downloads.subjectId, sql.placeholder("subjectId")),
        ),
      ),
  );
}

export async function hasDownloaded(handle: Handle, listingId: string, subjectId: string): Promise<boolean> {
  return (await findOn[handle.dialect](handle, { listingId, subjectId })).length > 0;
}

/** Whether this is the subject's first download of the listing. */
export async function insertDownload(
  tx: Tx,
  download: { listingId: string; subjectId: string; version: string; at: Date },
): Promise<boolean> {
  const { downloads } = marketplaceTables(tx.dialect);
  const inserted = await tx.db.insert(downloads).values(download).onConflictDoNothing().returning();
  return inserted.length === 1;
}
