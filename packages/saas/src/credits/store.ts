/** The SQL of credits. */
import { type Page, type PageRequest, pageOf } from "@revops/core";
import type { Database, Handle, Tx } from "@revops/database";
import { and, asc, desc, eq, gt, inArray, isNull, or, sql } from "drizzle-orm";
import { entryOf, positionOf, positionText } from "../position.ts";
import { saasTables } from "../schema.ts";
import type { LiveGrant } from "./grant.ts";

export type CreditStore = ReturnType<typeof createCreditStore>;

/** What a balance drew from a grant, less what was given back. */
export interface NetDraw {
  readonly counterKey: Buffer;
  readonly grantKey: Buffer;
  /** In the account's smallest unit. */
  quantity: number;
  /** In the feature's smallest unit. */
  units: number;
}

export function createCreditStore({ dialect }: Pick<Database, "dialect">) {
  const { grants, grantEntries } = saasTables(dialect);

  return {
    /** The grants of the subjects that are not over, and a plan's that were taken back, so that their period does not bring them again. */
    async open(handle: Handle, subjectIds: readonly string[]): Promise<LiveGrant[]> {
      if (subjectIds.length === 0) return [];
      const rows = await handle.db
        .select()
        .from(grants)
        .where(
          and(
            inArray(grants.subjectId, [...subjectIds]),
            or(isNull(grants.closedAt), and(eq(grants.ofPlan, true), eq(grants.closedBy, "void"))),
          ),
        );
      return rows.map(live);
    },

    async byKeys(handle: Handle, keys: readonly Buffer[]): Promise<LiveGrant[]> {
      if (keys.length === 0) return [];
      const rows = await handle.db
        .select()
        .from(grants)
        .where(inArray(grants.key, [...keys]));
      return rows.map(live);
    },

    /** A subject's grants, youngest first. */
    async list(handle: Handle, subjectId: string, { limit, after }: PageRequest): Promise<Page<LiveGrant>> {
      const before = after === undefined ? undefined : positionOf(after);
      const older = before
        ? sql`(${grants.effectiveAt}, ${grants.id}) < (${sql.param(before.at, grants.effectiveAt)}, ${before.id})`
        : undefined;
      const rows = await handle.db
        .select()
        .from(grants)
        .where(and(eq(grants.subjectId, subjectId), older))
        .orderBy(desc(grants.effectiveAt), desc(grants.id))
        .limit(limit + 1);
      const page = pageOf(rows, limit, ({ effectiveAt: at, id }) => positionText({ at, id }));
      return { ...page, data: page.data.map(live) };
    },

    /** The ledger of a grant, in order. */
    async entries(handle: Handle, key: Buffer, { limit, after }: PageRequest) {
      const { entry, kind, quantity, at } = grantEntries;
      const rows = await handle.db
        .select({ entry, kind, quantity, at })
        .from(grantEntries)
        .where(and(eq(grantEntries.grantKey, key), gt(entry, after === undefined ? 0 : entryOf(after))))
        .orderBy(asc(entry))
        .limit(limit + 1);
      return pageOf(rows, limit, (row) => String(row.entry));
    },

    /** What the balances drew. */
    async draws(handle: Handle, counterKeys: readonly Buffer[]): Promise<NetDraw[]> {
      if (counterKeys.length === 0) return [];
      const rows = await handle.db
        .select({
          counterKey: grantEntries.counterKey,
          grantKey: grantEntries.grantKey,
          quantity: sql<string | number>`-sum(${grantEntries.quantity})`,
          units: sql<string | number>`sum(${grantEntries.units})`,
        })
        .from(grantEntries)
        .where(inArray(grantEntries.counterKey, [...counterKeys]))
        .groupBy(grantEntries.counterKey, grantEntries.grantKey);
      return rows.flatMap(({ counterKey, grantKey, quantity, units }) =>
        counterKey === null ? [] : [{ counterKey, grantKey, quantity: Number(quantity), units: Number(units) }],
      );
    },

    /** Writes grants that began or changed, with their entries. Their subjects are locked. */
    async write(tx: Tx, all: readonly LiveGrant[]): Promise<void> {
      const changed = all.filter(({ posted, touched }) => posted.length > 0 || touched);
      if (changed.length === 0) return;
      const entries = changed.flatMap((grant) =>
        grant.posted.map((entry, index) => ({ ...entry, grantKey: grant.key, entry: grant.entries + index + 1 })),
      );
      for (const grant of changed) grant.entries += grant.posted.length;
      const begun = changed.filter(({ isNew }) => isNew);
      if (begun.length > 0)
        await tx.db.insert(grants).values(begun.map(({ isNew: _, posted: __, touched: ___, ...grant }) => grant));
      for (const { isNew, key, remaining, entries: count, expiresAt, closedAt, closedBy, posted } of changed) {
        if (isNew) continue;
        // Under the subject's lock nobody else writes; were it not held, this would find another number of entries.
        const written = await tx.db
          .update(grants)
          .set({ remaining, entries: count, expiresAt, closedAt, closedBy })
          .where(and(eq(grants.key, key), eq(grants.entries, count - posted.length)))
          .returning({ key: grants.key });
        if (written.length === 0) throw new Error("A grant was changed without its subject's lock.");
      }
      if (entries.length > 0) await tx.db.insert(grantEntries).values(entries);
      for (const grant of changed) {
        grant.posted.length = 0;
        grant.touched = false;
      }
    },
  };
}

/** A row, ready to be changed. */
function live(row: Omit<LiveGrant, "isNew" | "touched" | "posted">): LiveGrant {
  return { ...row, isNew: false, touched: false, posted: [] };
}
