/** The SQL of what features share beyond plain limits: the subject's lock, tallies, spend caps. */
import type { Database, Handle, Tx } from "@revops/database";
import { inArray, sql } from "drizzle-orm";
import { saasTables } from "../schema.ts";
import type { Tally, TallyKind } from "./tally.ts";

export type QuotaStore = ReturnType<typeof createQuotaStore>;

/** A cap as stored: units in the feature's smallest unit, amount in minor units. */
export interface SpendCapRow {
  readonly subjectId: string;
  /** Empty for all features together. */
  readonly feature: string;
  readonly units: number | null;
  readonly amount: number | null;
}

export function createQuotaStore({ dialect }: Pick<Database, "dialect">) {
  const { quotaSubjects, tallies, tallyEntries, spendCaps } = saasTables(dialect);

  return {
    /** Those of the subjects that have anything beyond plain limits. */
    async withExtras(handle: Handle, subjectIds: readonly string[]): Promise<Set<string>> {
      if (subjectIds.length === 0) return new Set();
      const rows = await handle.db
        .select({ subjectId: quotaSubjects.subjectId })
        .from(quotaSubjects)
        .where(inArray(quotaSubjects.subjectId, [...subjectIds]));
      return new Set(rows.map(({ subjectId }) => subjectId));
    },

    /**
     * Locks what the features of these subjects share, in the order of their ids, so that nobody waits in a circle. On
     * SQLite, the transaction is the lock.
     */
    async lockSubjects(tx: Tx, subjectIds: readonly string[], at: Date): Promise<void> {
      const wanted = [...new Set(subjectIds)].sort();
      if (wanted.length === 0) return;
      const known = await this.withExtras(tx, wanted);
      const missing = wanted.filter((subjectId) => !known.has(subjectId));
      if (missing.length > 0) {
        await tx.db
          .insert(quotaSubjects)
          .values(missing.map((subjectId) => ({ subjectId, since: at })))
          .onConflictDoNothing();
      }
      if (dialect === "postgres") {
        const theirs = inArray(quotaSubjects.subjectId, wanted);
        await tx.rows(sql`select subject_id from ${quotaSubjects} where ${theirs} order by subject_id for update`);
      }
    },

    async tallies(
      handle: Handle,
      keys: readonly Buffer[],
    ): Promise<{ key: Buffer; amount: number; entries: number }[]> {
      if (keys.length === 0) return [];
      return handle.db
        .select({ key: tallies.key, amount: tallies.amount, entries: tallies.entries })
        .from(tallies)
        .where(inArray(tallies.key, [...keys]));
    },

    /** The sums of a kind, by the hex of their balance's key. */
    async tallied(handle: Handle, kind: TallyKind, counterKeys: readonly Buffer[]): Promise<Map<string, number>> {
      if (counterKeys.length === 0) return new Map();
      const rows = await handle.db
        .select({ counterKey: tallies.counterKey, amount: tallies.amount })
        .from(tallies)
        .where(sql`${inArray(tallies.counterKey, [...counterKeys])} and ${tallies.kind} = ${kind}`);
      return new Map(rows.map(({ counterKey, amount }) => [counterKey.toString("hex"), amount]));
    },

    /** Writes changed tallies, each with an entry. Their balances are locked. */
    async writeTallies(tx: Tx, changed: readonly Tally[], at: Date): Promise<void> {
      const rows = changed.filter(({ change }) => change !== 0);
      if (rows.length === 0) return;
      for (const tally of rows) tally.entries += 1;
      await tx.db
        .insert(tallies)
        .values(rows.map(({ change: _change, ...tally }) => tally))
        .onConflictDoUpdate({
          target: tallies.key,
          set: { amount: sql`excluded.amount`, entries: sql`excluded.entries` },
        });
      await tx.db
        .insert(tallyEntries)
        .values(rows.map(({ key, entries, change }) => ({ tallyKey: key, entry: entries, quantity: change, at })));
      for (const tally of rows) tally.change = 0;
    },

    async spendCaps(handle: Handle, subjectIds: readonly string[]): Promise<SpendCapRow[]> {
      if (subjectIds.length === 0) return [];
      const { subjectId, feature, units, amount } = spendCaps;
      return handle.db
        .select({ subjectId, feature, units, amount })
        .from(spendCaps)
        .where(inArray(spendCaps.subjectId, [...subjectIds]));
    },

    async setSpendCap(tx: Tx, cap: SpendCapRow, at: Date): Promise<void> {
      const { units, amount } = cap;
      await tx.db
        .insert(spendCaps)
        .values({ ...cap, setAt: at })
        .onConflictDoUpdate({ target: [spendCaps.subjectId, spendCaps.feature], set: { units, amount, setAt: at } });
    },

    async removeSpendCap(tx: Tx, subjectId: string, feature: string): Promise<void> {
      await tx.db
        .delete(spendCaps)
        .where(sql`${spendCaps.subjectId} = ${subjectId} and ${spendCaps.feature} = ${feature}`);
    },
  };
}
