/** The SQL of billing cycles and their statements. */
import { type Page, type PageRequest, pageOf } from "@revops/core";
import type { Database, Handle, Tx } from "@revops/database";
import { and, asc, desc, eq, gt, inArray, isNull, lt, lte, max, or, sql } from "drizzle-orm";
import type { BillingCycleState } from "../billing/billing-cycle.ts";
import { positionOf, positionText } from "../position.ts";
import { saasTables } from "../schema.ts";
import type { StoredBasis, StoredStatement } from "./stored-statement.ts";

/** A closed cycle's row. */
export interface StoredCycle {
  readonly id: string;
  readonly subjectId: string;
  readonly start: Date;
  readonly end: Date;
  readonly tier: string;
  readonly planVersion: string | null;
  readonly state: BillingCycleState;
  readonly statement: StoredStatement;
  readonly basis: StoredBasis;
  readonly closedAt: Date;
}

/** A balance, and how far statements have counted it. */
export interface CountedBalance {
  readonly counterKey: Buffer;
  readonly feature: string;
  /** 1970-01-01 for standing counts. */
  readonly periodStart: Date;
  readonly used: number;
  readonly entries: number;
  /** The last entry that a statement counted, and the sum up to it; 0 for none. */
  readonly statedEntries: number;
  readonly statedQuantity: number;
}

export interface CountedEntries {
  readonly counterKey: Buffer;
  readonly firstEntry: number;
  readonly lastEntry: number;
  readonly quantity: number;
}

export type CycleStore = ReturnType<typeof createCycleStore>;

export function createCycleStore({ dialect }: Pick<Database, "dialect">) {
  const { cycles, cycleUsage, cycleRestatements, counters, entitlements, ledger } = saasTables(dialect);

  return {
    /** Subjects for whom something may have to be done, the longest waiting first; without `dueAt` before all others. */
    async due(handle: Handle, now: Date, after: { dueAt: Date | null; subjectId: string } | null, limit: number) {
      const late = or(isNull(entitlements.dueAt), lte(entitlements.dueAt, now));
      const order = sql`coalesce(${entitlements.dueAt}, ${dialect === "sqlite" ? sql`0` : sql`to_timestamp(0)`})`;
      const since = after?.dueAt ?? new Date(0);
      const beyond =
        after === null
          ? undefined
          : or(
              sql`${order} > ${dialect === "sqlite" ? since.getTime() : since}`,
              and(
                sql`${order} = ${dialect === "sqlite" ? since.getTime() : since}`,
                gt(entitlements.subjectId, after.subjectId),
              ),
            );
      return handle.db
        .select({ subjectId: entitlements.subjectId, dueAt: entitlements.dueAt })
        .from(entitlements)
        .where(and(late, beyond))
        .orderBy(order, asc(entitlements.subjectId))
        .limit(limit);
    },

    /** Whether the subject is still due; until the transaction ends, nobody else finds it so. */
    async claim(tx: Tx, subjectId: string, now: Date): Promise<boolean> {
      const claimed = await tx.db
        .update(entitlements)
        .set({ dueAt: sql`${entitlements.dueAt}` })
        .where(and(eq(entitlements.subjectId, subjectId), or(isNull(entitlements.dueAt), lte(entitlements.dueAt, now))))
        .returning({ subjectId: entitlements.subjectId });
      return claimed.length > 0;
    },

    async setDue(tx: Tx, subjectId: string, dueAt: Date): Promise<void> {
      await tx.db.update(entitlements).set({ dueAt }).where(eq(entitlements.subjectId, subjectId));
    },

    /** Whether the cycle was open until now. */
    async insert(tx: Tx, cycle: StoredCycle): Promise<boolean> {
      const inserted = await tx.db.insert(cycles).values(cycle).onConflictDoNothing().returning({ id: cycles.id });
      return inserted.length > 0;
    },

    async insertUsage(tx: Tx, cycleId: string, counted: readonly CountedEntries[]): Promise<void> {
      if (counted.length > 0)
        await tx.db.insert(cycleUsage).values(counted.map((entries) => ({ ...entries, cycleId })));
    },

    async insertRestatement(
      tx: Tx,
      restatement: { cycleId: string; revision: number; chargedIn: string; statement: StoredStatement },
    ): Promise<void> {
      await tx.db.insert(cycleRestatements).values(restatement);
    },

    /** How a cycle was restated last. */
    async lastRestatement(
      handle: Handle,
      cycleId: string,
    ): Promise<{ revision: number; statement: StoredStatement } | undefined> {
      const [row] = await handle.db
        .select({ revision: cycleRestatements.revision, statement: cycleRestatements.statement })
        .from(cycleRestatements)
        .where(eq(cycleRestatements.cycleId, cycleId))
        .orderBy(desc(cycleRestatements.revision))
        .limit(1);
      return row;
    },

    async find(handle: Handle, subjectId: string, id: string): Promise<StoredCycle | undefined> {
      const [row] = await handle.db
        .select()
        .from(cycles)
        .where(and(eq(cycles.subjectId, subjectId), eq(cycles.id, id)));
      return row;
    },

    async findByStart(handle: Handle, subjectId: string, start: Date): Promise<StoredCycle | undefined> {
      const [row] = await handle.db
        .select()
        .from(cycles)
        .where(and(eq(cycles.subjectId, subjectId), eq(cycles.start, start)));
      return row;
    },

    async lastEnd(handle: Handle, subjectId: string): Promise<Date | null> {
      const [row] = await handle.db
        .select({ end: cycles.end })
        .from(cycles)
        .where(eq(cycles.subjectId, subjectId))
        .orderBy(desc(cycles.start))
        .limit(1);
      return row?.end ?? null;
    },

    /** Newest first. */
    async list(handle: Handle, subjectId: string, { limit, after }: PageRequest): Promise<Page<StoredCycle>> {
      const before = after === undefined ? undefined : lt(cycles.start, positionOf(after).at);
      const rows = await handle.db
        .select()
        .from(cycles)
        .where(and(eq(cycles.subjectId, subjectId), before))
        .orderBy(desc(cycles.start))
        .limit(limit + 1);
      return pageOf(rows, limit, ({ start: at, id }) => positionText({ at, id }));
    },

    /** Changes the state of closed cycles that ended by then and are not paid. */
    async settle(tx: Tx, subjectId: string, through: Date, state: BillingCycleState): Promise<void> {
      await tx.db
        .update(cycles)
        .set({ state })
        .where(
          and(eq(cycles.subjectId, subjectId), lte(cycles.end, through), inArray(cycles.state, ["active", "past_due"])),
        );
    },

    /** The balances of a subject with what statements have counted of them. */
    async balances(handle: Handle, subjectId: string): Promise<CountedBalance[]> {
      const stated = handle.db
        .select({
          counterKey: cycleUsage.counterKey,
          lastEntry: max(cycleUsage.lastEntry).as("last_entry"),
          quantity: sql<string | number>`cast(sum(${cycleUsage.quantity}) as bigint)`.as("stated_quantity"),
        })
        .from(cycleUsage)
        .where(
          inArray(
            cycleUsage.counterKey,
            handle.db.select({ key: counters.key }).from(counters).where(eq(counters.subjectId, subjectId)),
          ),
        )
        .groupBy(cycleUsage.counterKey)
        .as("stated");
      const rows = await handle.db
        .select({
          counterKey: counters.key,
          feature: counters.feature,
          periodStart: counters.periodStart,
          used: counters.used,
          entries: counters.entries,
          statedEntries: stated.lastEntry,
          statedQuantity: stated.quantity,
        })
        .from(counters)
        .leftJoin(stated, eq(stated.counterKey, counters.key))
        .where(eq(counters.subjectId, subjectId))
        .orderBy(asc(counters.periodStart), asc(counters.feature));
      return rows.map((row) => ({
        ...row,
        statedEntries: Number(row.statedEntries ?? 0),
        statedQuantity: Number(row.statedQuantity ?? 0),
      }));
    },

    /** The first entry of a balance that a cycle's statement was the first to count; undefined where it counted none. */
    async firstCounted(handle: Handle, counterKey: Buffer, cycleId: string): Promise<number | undefined> {
      const [row] = await handle.db
        .select({ firstEntry: cycleUsage.firstEntry })
        .from(cycleUsage)
        .where(and(eq(cycleUsage.counterKey, counterKey), eq(cycleUsage.cycleId, cycleId)));
      return row?.firstEntry;
    },

    /** The entries of a balance after one of them, in order: how a standing count came about. */
    async entriesAfter(handle: Handle, counterKey: Buffer, entry: number, through: number) {
      return handle.db
        .select({ entry: ledger.entry, quantity: ledger.quantity, at: ledger.at })
        .from(ledger)
        .where(and(eq(ledger.counterKey, counterKey), gt(ledger.entry, entry), lte(ledger.entry, through)))
        .orderBy(asc(ledger.entry));
    },
  };
}
