/** The SQL of balances and their ledger, but for the hot path (`metering/sqlite.ts`, `metering/postgres.ts`). */
import { type Database, type Handle, prepared, type Tx } from "@revops/database";
import { eq, inArray, max, sql } from "drizzle-orm";
import type { Scope } from "../metering/batch.ts";
import { periodStartOf } from "../metering/scope.ts";
import { saasTables } from "../schema.ts";

export type LedgerStore = ReturnType<typeof createLedgerStore>;

export function createLedgerStore({ dialect }: Pick<Database, "dialect">) {
  const { counters, ledger } = saasTables(dialect);
  const findUsed = prepared("saas_find_used", (db) =>
    db
      .select({ used: counters.used })
      .from(counters)
      .where(eq(counters.key, sql.placeholder("key"))),
  );

  return {
    /** A balance; 0 for one that nothing was counted to. */
    async used(handle: Handle, key: Buffer): Promise<number> {
      const [row] = await findUsed(handle, { key });
      return row?.used ?? 0;
    },

    /** The balances that something was counted to, by key in hex. */
    async usedOf(handle: Handle, keys: readonly Buffer[]): Promise<Map<string, number>> {
      const rows = await handle.db
        .select({ key: counters.key, used: counters.used })
        .from(counters)
        .where(inArray(counters.key, [...keys]));
      return new Map(rows.map(({ key, used }) => [key.toString("hex"), used]));
    },

    /** The start of the latest period that anything of a subject was counted in; null for none. */
    async latestPeriod(handle: Handle, subjectId: string): Promise<Date | null> {
      const [row] = await handle.db
        .select({ start: max(counters.periodStart) })
        .from(counters)
        .where(eq(counters.subjectId, subjectId));
      return row?.start ?? null;
    },

    /** Opens balances at zero, each with a ledger entry that says so; one that is open already stays as it is. */
    async reset(tx: Tx, scopes: readonly Scope[], at: Date): Promise<void> {
      if (scopes.length === 0) return;
      // In the order in which batches open theirs, so that neither waits for the other for ever.
      const inOrder = scopes.toSorted((a, b) => Buffer.compare(a.counterKey, b.counterKey));
      const opened = await tx.db
        .insert(counters)
        .values(
          inOrder.map(({ counterKey, subjectId, feature, period }) => ({
            key: counterKey,
            subjectId,
            feature: feature.id,
            periodStart: periodStartOf(period),
            used: 0,
            entries: 1,
          })),
        )
        .onConflictDoNothing()
        .returning({ key: counters.key });
      if (opened.length === 0) return;
      const entry = { entry: 1, kind: "reset" as const, quantity: 0, events: 0, at };
      await tx.db.insert(ledger).values(opened.map(({ key }) => ({ ...entry, counterKey: key })));
    },
  };
}
