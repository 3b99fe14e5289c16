/** The SQL of entitlements. */
import { type Database, type Handle, prepared, type Tx } from "@revops/database";
import { and, asc, desc, eq, getTableColumns, lte, sql } from "drizzle-orm";
import type { Catalog } from "../plans/catalog.ts";
import { saasTables } from "../schema.ts";
import { loadTerms } from "./resolve.ts";
import { type StoredTerms, type Terms, usagePeriod } from "./terms.ts";
import { storedOf } from "./transition.ts";

export type EntitlementStore = ReturnType<typeof createEntitlementStore>;

export function createEntitlementStore({ dialect }: Pick<Database, "dialect">, catalog: Catalog) {
  const { entitlements, entitlementChanges: changes } = saasTables(dialect);
  const { dueAt: _, ...termsColumns } = getTableColumns(entitlements);
  const subjectId = sql.placeholder("subjectId");

  const present = prepared("saas_find_entitlement", (db) =>
    db.select(termsColumns).from(entitlements).where(eq(entitlements.subjectId, subjectId)),
  );
  const first = prepared("saas_find_first_entitlement", (db) =>
    db.select().from(changes).where(eq(changes.subjectId, subjectId)).orderBy(asc(changes.version)).limit(1),
  );

  return {
    async find(handle: Handle, id: string): Promise<Terms | undefined> {
      const [terms] = await loadTerms(catalog, handle, await present(handle, { subjectId: id }));
      return terms;
    },

    /** The terms in force at an instant; the first ones for an instant before them. */
    async findAt(handle: Handle, id: string, at: Date): Promise<Terms | undefined> {
      const rows = await handle.db
        .select(getTableColumns(changes))
        .from(changes)
        .where(and(eq(changes.subjectId, id), lte(changes.since, at)))
        .orderBy(desc(changes.version))
        .limit(1);
      const [terms] = await loadTerms(catalog, handle, rows.length > 0 ? rows : await first(handle, { subjectId: id }));
      return terms;
    },

    /** All terms that a subject has had, oldest first. */
    async history(handle: Handle, id: string): Promise<Terms[]> {
      const rows = await handle.db
        .select(getTableColumns(changes))
        .from(changes)
        .where(eq(changes.subjectId, id))
        .orderBy(asc(changes.version));
      return loadTerms(catalog, handle, rows);
    },

    /** As {@link loadTerms}: for rows that the hot path has read. */
    resolve: (handle: Handle, rows: readonly StoredTerms[]): Promise<Terms[]> => loadTerms(catalog, handle, rows),

    /** Whether the subject had none before. */
    async insert(tx: Tx, terms: Terms): Promise<boolean> {
      await catalog.keep(tx);
      const row = storedOf(terms);
      const inserted = await tx.db
        .insert(entitlements)
        .values({ ...row, dueAt: usagePeriod(terms, terms.since).end })
        .onConflictDoNothing()
        .returning({ version: entitlements.version });
      if (inserted.length > 0) await tx.db.insert(changes).values(row);
      return inserted.length > 0;
    },

    /** Keeps a subject's terms from being replaced until the transaction ends. */
    async lock(tx: Tx, id: string): Promise<void> {
      await tx.db.update(entitlements).set({ subjectId: id }).where(eq(entitlements.subjectId, id));
    },

    /** Whether the terms were still those of the version before. */
    async replace(tx: Tx, terms: Terms): Promise<boolean> {
      await catalog.keep(tx);
      const row = storedOf(terms);
      const replaced = await tx.db
        .update(entitlements)
        // Due at once: a change may have ended a cycle. Whoever looks says when to look again.
        .set({ ...row, dueAt: terms.since })
        .where(and(eq(entitlements.subjectId, terms.subjectId), eq(entitlements.version, terms.version - 1)))
        .returning({ version: entitlements.version });
      if (replaced.length > 0) await tx.db.insert(changes).values(row);
      return replaced.length > 0;
    },
  };
}
