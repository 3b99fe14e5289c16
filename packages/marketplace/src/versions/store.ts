/** The versions' SQL. */
import { type Handle, prepared, type Tx } from "@revops/database";
import { and, eq, sql } from "drizzle-orm";
import { marketplaceTables } from "../schema.ts";
import type { PublishedVersion } from "./version.ts";

type Row = ReturnType<typeof marketplaceTables>["versions"]["$inferSelect"];

export function toVersion({
  version,
  size,
  sha256,
  publishedAt,
  yankedAt,
  deprecation,
  extension,
}: Row): PublishedVersion {
  return { version, size, sha256, publishedAt, yanked: yankedAt !== null, deprecation, extension };
}

/** False when the listing has this version already. */
export async function insertVersion(
  tx: Tx,
  row: { id: string; listingId: string; version: string; size: number; sha256: string; extension: string; now: Date },
): Promise<boolean> {
  const { versions } = marketplaceTables(tx.dialect);
  const { now, ...values } = row;
  const inserted = await tx.db
    .insert(versions)
    .values({ ...values, publishedAt: now })
    .onConflictDoNothing({ target: [versions.listingId, versions.version] })
    .returning({ id: versions.id });
  return inserted.length === 1;
}

const selectOn = {
  sqlite: prepareSelect("sqlite"),
  postgres: prepareSelect("postgres"),
};

function prepareSelect(dialect: Handle["dialect"]) {
  const { versions } = marketplaceTables(dialect);
  return prepared("marketplace_select_versions", (db) =>
    db
      .select()
      .from(versions)
      .where(eq(versions.listingId, sql.placeholder("listingId"))),
  );
}

/** All of a listing, in no order. */
export async function selectVersions(handle: Handle, listingId: string): Promise<PublishedVersion[]> {
  const rows = await selectOn[handle.dialect](handle, { listingId });
  return rows.map(toVersion);
}

export async function findVersion(
  handle: Handle,
  listingId: string,
  version: string,
): Promise<PublishedVersion | null> {
  const { versions } = marketplaceTables(handle.dialect);
  const [row] = await handle.db
    .select()
    .from(versions)
    .where(and(eq(versions.listingId, listingId), eq(versions.version, version)));
  return row ? toVersion(row) : null;
}

/** Null takes the advice back; null again when there is no such version. */
export async function deprecateVersion(
  tx: Tx,
  {
    listingId,
    version,
    deprecation,
    now,
  }: { listingId: string; version: string; deprecation: string | null; now: Date },
): Promise<PublishedVersion | null> {
  const { versions } = marketplaceTables(tx.dialect);
  const [row] = await tx.db
    .update(versions)
    .set({ deprecation, deprecatedAt: deprecation === null ? null : now })
    .where(and(eq(versions.listingId, listingId), eq(versions.version, version)))
    .returning();
  return row ? toVersion(row) : null;
}

/** The first time and reason stay. Null when there is no such version. */
export async function yankVersion(
  tx: Tx,
  { listingId, version, reason, now }: { listingId: string; version: string; reason: string | null; now: Date },
): Promise<PublishedVersion | null> {
  const { versions } = marketplaceTables(tx.dialect);
  const those = and(eq(versions.listingId, listingId), eq(versions.version, version));
  const [yanked] = await tx.db
    .update(versions)
    .set({ yankedAt: now, yankReason: reason })
    .where(and(those, sql`${versions.yankedAt} is null`))
    .returning();
  return yanked ? toVersion(yanked) : findVersion(tx, listingId, version);
}
