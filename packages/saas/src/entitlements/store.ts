/** The SQL of entitlements. */
import { type Database, type Handle, prepared, type Tx } from "@revops/database";
import { and, asc, desc, eq, getTableColumns, lte, sql } from "drizzle-orm";
import { saasTables } from "../schema.ts";
import type { Terms } from "./terms.ts";

export type EntitlementStore = ReturnType<typeof createEntitlementStore>;

export function createEntitlementStore({ dialect }: Pick<Database, "dialect">) {
  const { entitlements, entitlementChanges: changes } = saasTables(dialect);
  const subjectId = sql.placeholder("subjectId");

  const present = prepared("saas_find_entitlement", (db) =>
    db.select().from(entitlements).where(eq(entitlements.subjectId, subjectId)),
  );
  const first = prepared("saas_find_first_entitlement", (db) =>
    db.select().from(changes).where(eq(changes.subjectId, subjectId)).orderBy(asc(changes.version)).limit(1),
  );

  return {
    async find(handle: Handle, id: string): Promise<Terms | undefined> {
      const [row] = await present(handle, { subjectId: id });
      return row;
    },

    /** The terms in force at an instant; the first ones for an instant before them. */
    async findAt(handle: Handle, id: string, at: Date): Promise<Terms | undefined> {
      const [row] = await handle.db
        .select(getTableColumns(changes))
        .from(changes)
        .where(and(eq(changes.subjectId, id), lte(changes.since, at)))
        .orderBy(desc(changes.version))
        .limit(1);
      return row ?? (await first(handle, { subjectId: id }))[0];
    },

    /** Whether the subject had none before. */
    async insert(tx: Tx, terms: Terms): Promise<boolean> {
      const inserted = await tx.db
        .insert(entitlements)
        .values(terms)
        .onConflictDoNothing()
        .returning({ version: entitlements.version });
      if (inserted.length > 0) await tx.db.insert(changes).values(terms);
      return inserted.length > 0;
    },

    /** Whether the terms were still those of the version before. */
    async replace(tx: Tx, terms: Terms): Promise<boolean> {
      const replaced = await tx.db
        .update(entitlements)
        .set(terms)
        .where(and(eq(entitlements.subjectId, terms.subjectId), eq(entitlements.version, terms.version - 1)))
        .returning({ version: entitlements.version });
      if (replaced.length > 0) await tx.db.insert(changes).values(terms);
      return replaced.length > 0;
    },
  };
}
