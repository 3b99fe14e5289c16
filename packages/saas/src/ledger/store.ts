/** The SQL of balances and their ledger, but for the hot path (`metering/sqlite.ts`, `metering/postgres.ts`). */
import { type Database, type Handle, prepared, type Tx } from "@revops/database";
import { eq, inArray, type SQL, sql } from "drizzle-orm";
import type { Scope } from "../metering/batch.ts";
import { periodStartOf } from "../metering/scope.ts";
import { saasTables } from "../schema.ts";
import type { Difference } from "./difference.ts";

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

    /** Opens balances at zero, each with a ledger entry that says so; one that is open already stays as it is. */
    async reset(tx: Tx, scopes: readonly Scope[], at: Date): Promise<void> {
      if (scopes.length === 0) return;
      const opened = await tx.db
        .insert(counters)
        .values(
          scopes.map(({ counterKey, subjectId, feature, period }) => ({
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

    /** The balances that their ledger or their events do not explain. Reads everything, in one snapshot. */
    async differences(handle: Handle, subjectId: string | undefined): Promise<Difference[]> {
      const ofSubject = sql`select key from saas_counters where subject_id = ${subjectId ?? ""}`;
      const only = (column: SQL) => (subjectId === undefined ? sql`` : sql`where ${column} in (${ofSubject})`);
      const rows = await handle.rows<AuditRow>(sql`
        select c.subject_id as subject_id, c.feature as feature, c.period_start as period_start, audit.*
        from (
          select key, cast(sum(counted) as bigint) as counted, cast(sum(entered) as bigint) as entered,
            cast(sum(happened) as bigint) as happened, cast(sum(missing) as bigint) as missing
          from (
            select key, used as counted, 0 as entered, 0 as happened, entries as missing
            from saas_counters ${only(sql`key`)}
            union all
            select counter_key, 0, quantity, 0, -1 from saas_ledger ${only(sql`counter_key`)}
            union all
            select counter_key, 0, 0, quantity, 0 from saas_events ${only(sql`counter_key`)}
            union all
            select counter_key, 0, 0, quantity, 0 from saas_reservations
            where state = 'held' ${subjectId === undefined ? sql`` : sql`and subject_id = ${subjectId}`}
          ) as lines
          group by key
          having sum(counted) <> sum(entered) or sum(entered) <> sum(happened) or sum(missing) <> 0
        ) as audit
        left join saas_counters c on c.key = audit.key
        order by c.subject_id, c.feature, c.period_start`);
      return rows.map(differenceOf);
    },
  };
}

/** As either driver gives it: big integers as text, times as dates or milliseconds. */
interface AuditRow {
  readonly subject_id: string | null;
  readonly feature: string | null;
  readonly period_start: Date | number | null;
  readonly counted: string | number;
  readonly entered: string | number;
  readonly happened: string | number;
  readonly missing: string | number;
}

function differenceOf(row: AuditRow): Difference {
  const start = row.period_start === null ? null : new Date(row.period_start);
  return {
    of: "balance",
    subjectId: row.subject_id,
    feature: row.feature,
    // Standing counts are kept under 1970.
    periodStart: start?.getTime() === 0 ? null : start,
    counted: Number(row.counted),
    ledger: Number(row.entered),
    events: Number(row.happened),
    missingEntries: Number(row.missing),
  };
}
