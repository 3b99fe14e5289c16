/** The SQL of usage bills. */
import { type Money, money, type Page, type PageRequest, pageOf } from "@revops/core";
import type { Database, Handle, Tx } from "@revops/database";
import { and, asc, count, desc, eq, inArray, isNull, lt, ne, or } from "drizzle-orm";
import { paymentsTables } from "../schema.ts";
import type { BillState, Channel, CycleToBill, UnbilledReason, UsageBill, UsageBillLine } from "./bill.ts";
import type { Charged } from "./compare.ts";

export interface StoredLine extends Omit<UsageBillLine, "quantity" | "difference"> {
  readonly charged: string | null;
  readonly callId: string | null;
}

export type UsageBillStore = ReturnType<typeof createUsageBillStore>;

export function createUsageBillStore({ dialect }: Pick<Database, "dialect">) {
  const { usageBills: bills, usageBillLines: lines } = paymentsTables(dialect);
  const isLine = (cycleId: string, lineId: string) => and(eq(lines.cycleId, cycleId), eq(lines.lineId, lineId));

  function toBill({ currency, total, ...row }: typeof bills.$inferSelect): UsageBill {
    return { ...row, total: money(total, currency) };
  }

  function toLine(row: typeof lines.$inferSelect, currency: string): StoredLine {
    const { cycleId: _, position: _position, lineId: id, amount, stripeAmount, ...rest } = row;
    const inCurrency = (minor: number): Money => money(minor, currency);
    return {
      id,
      ...rest,
      amount: inCurrency(amount),
      stripeAmount: stripeAmount === null ? null : inCurrency(stripeAmount),
    };
  }

  return {
    /** Whether it was not there yet. */
    async insert(
      tx: Tx,
      cycle: CycleToBill,
      { state, reason, createdAt }: { state: BillState; reason: UnbilledReason | null; createdAt: Date },
    ): Promise<boolean> {
      const { cycleId, subjectId, tier, period, statement } = cycle;
      const { currency, total } = statement;
      const row = { cycleId, subjectId, tier, currency, total: total.amount, state, reason, createdAt };
      const inserted = await tx.db
        .insert(bills)
        .values({ ...row, periodStart: period.start, periodEnd: period.end })
        .onConflictDoNothing()
        .returning({ cycleId: bills.cycleId });
      if (inserted.length === 0) return false;
      const rows = statement.lines.map(({ id: lineId, kind, description, feature, amount, charged }, position) => ({
        ...{ cycleId, lineId, position, kind, description, feature },
        charged: charged ?? null,
        amount: amount.amount,
      }));
      if (rows.length > 0) await tx.db.insert(lines).values(rows);
      return true;
    },

    async find(handle: Handle, cycleId: string): Promise<UsageBill | null> {
      const [row] = await handle.db.select().from(bills).where(eq(bills.cycleId, cycleId));
      return row ? toBill(row) : null;
    },
    async linesOf(handle: Handle, { cycleId, total }: UsageBill): Promise<StoredLine[]> {
      const rows = await handle.db.select().from(lines).where(eq(lines.cycleId, cycleId)).orderBy(asc(lines.position));
      return rows.map((row) => toLine(row, total.currency));
    },
    /** Newest first. */
    async list(handle: Handle, { limit, after, state }: PageRequest & { state?: BillState | undefined }) {
      const rows = await handle.db
        .select()
        .from(bills)
        .where(
          and(
            state === undefined ? undefined : eq(bills.state, state),
            after === undefined ? undefined : lt(bills.cycleId, after),
          ),
        )
        .orderBy(desc(bills.cycleId))
        .limit(limit + 1);
      const page: Page<UsageBill> = pageOf(rows.map(toBill), limit, ({ cycleId }) => cycleId);
      return page;
    },
    /** What is not over, of one subject or of all; those that were not looked at since a time. */
    async listUnsettled(handle: Handle, of: { subjectId: string } | { before: Date }): Promise<UsageBill[]> {
      const which =
        "subjectId" in of
          ? and(eq(bills.subjectId, of.subjectId), eq(bills.state, "waiting"))
          : and(
              inArray(bills.state, ["sending", "waiting"]),
              lt(bills.createdAt, of.before),
              or(isNull(bills.checkedAt), lt(bills.checkedAt, of.before)),
            );
      return (await handle.db.select().from(bills).where(which).orderBy(asc(bills.cycleId)).limit(1_000)).map(toBill);
    },
    /** Whether Stripe has not been told everything of a subject's closed cycles. */
    async areBeingSent(handle: Handle, subjectId: string): Promise<boolean> {
      const [row] = await handle.db
        .select({ cycleId: bills.cycleId })
        .from(bills)
        .where(and(eq(bills.subjectId, subjectId), eq(bills.state, "sending")))
        .limit(1);
      return row !== undefined;
    },
    /** Those of a subject that wait for a reason to be gone. */
    async listUnbilled(handle: Handle, subjectId: string, reason: UnbilledReason): Promise<UsageBill[]> {
      const rows = await handle.db
        .select()
        .from(bills)
        .where(and(eq(bills.subjectId, subjectId), eq(bills.state, "unbilled"), eq(bills.reason, reason)))
        .orderBy(asc(bills.cycleId));
      return rows.map(toBill);
    },
    async counts(handle: Handle): Promise<Record<BillState, number>> {
      const rows = await handle.db.select({ state: bills.state, of: count() }).from(bills).groupBy(bills.state);
      const counts = { sending: 0, waiting: 0, matched: 0, differs: 0, unbilled: 0 };
      for (const { state, of } of rows) counts[state] = Number(of);
      return counts;
    },

    /** Moves a bill on, if it is where it is thought to be; whether it was. */
    async move(
      tx: Tx,
      cycleId: string,
      from: readonly BillState[],
      to: {
        readonly state: BillState;
        readonly reason?: UnbilledReason | null;
        readonly stripeInvoiceId?: string | null;
        readonly checkedAt?: Date;
      },
    ): Promise<boolean> {
      const moved = await tx.db
        .update(bills)
        .set(to)
        .where(and(eq(bills.cycleId, cycleId), inArray(bills.state, [...from])))
        .returning({ cycleId: bills.cycleId });
      return moved.length > 0;
    },
    /** Says how lines reach Stripe, of those of which Stripe was told nothing yet. */
    async choose(tx: Tx, cycleId: string, channels: ReadonlyMap<string, Channel>): Promise<void> {
      for (const [lineId, channel] of channels) {
        await tx.db
          .update(lines)
          .set({ channel })
          .where(and(isLine(cycleId, lineId), isNull(lines.callId)));
      }
    },
    /** Whether the line had no call yet, and has this one now. */
    async claim(tx: Tx, cycleId: string, line: Pick<StoredLine, "id" | "channel">, callId: string): Promise<boolean> {
      if (line.channel === null) return false;
      const claimed = await tx.db
        .update(lines)
        .set({ callId })
        .where(and(isLine(cycleId, line.id), isNull(lines.callId), eq(lines.channel, line.channel)))
        .returning({ lineId: lines.lineId });
      return claimed.length > 0;
    },
    /** A call that was not carried out: how the line reaches Stripe is decided anew. */
    async release(tx: Tx, cycleId: string, lineId: string, callId: string): Promise<void> {
      await tx.db
        .update(lines)
        .set({ callId: null, channel: null })
        .where(and(isLine(cycleId, lineId), eq(lines.callId, callId)));
    },
    /** What Stripe charged for each line; lines that only Stripe has are added. */
    async compared(tx: Tx, cycleId: string, { amounts, foreign }: Pick<Charged, "amounts" | "foreign">): Promise<void> {
      await tx.db.delete(lines).where(and(eq(lines.cycleId, cycleId), eq(lines.kind, "foreign")));
      for (const [lineId, stripeAmount] of amounts) {
        await tx.db
          .update(lines)
          .set({ stripeAmount })
          .where(and(isLine(cycleId, lineId), ne(lines.kind, "foreign")));
      }
      const rows = foreign.map(({ id: lineId, amount: stripeAmount, ...rest }, index) => ({
        ...rest,
        ...{ cycleId, lineId, stripeAmount, kind: "foreign", amount: 0, position: 1_000_000 + index },
      }));
      if (rows.length > 0) await tx.db.insert(lines).values(rows);
    },
  };
}
