/** The SQL of refunds and disputes. */
import type { Handle, Tx } from "@revops/database";
import { and, asc, eq, isNull, lte, or } from "drizzle-orm";
import { marketplaceTables } from "../schema.ts";
import type { DisputeStatus } from "./dispute.ts";
import type { Refund } from "./refund.ts";

type Schema = ReturnType<typeof marketplaceTables>;
export type RefundRow = Schema["refunds"]["$inferSelect"];

export function toRefund(row: RefundRow): Refund {
  const { id, orderId, amount, currency, status, reason, createdAt } = row;
  return { id, purchaseId: orderId, amount: { amount, currency }, status, reason, createdAt };
}

type NewRefund = Pick<
  RefundRow,
  "id" | "orderId" | "saleId" | "paymentId" | "amount" | "currency" | "reason" | "requestedBy"
> & { readonly now: Date };

/** One of the same id stays as it is. */
export async function insertRefund(tx: Tx, { now: createdAt, ...refund }: NewRefund): Promise<void> {
  const { refunds } = marketplaceTables(tx.dialect);
  await tx.db
    .insert(refunds)
    .values({ ...refund, status: "pending", createdAt })
    .onConflictDoNothing({ target: refunds.id });
}

/** Takes up refunds that nobody is sending; one, when its id is given. */
export async function claimRefunds(
  handle: Handle,
  { now, sendingUntil, limit, id }: { now: Date; sendingUntil: Date; limit: number; id?: string | undefined },
): Promise<RefundRow[]> {
  const { refunds } = marketplaceTables(handle.dialect);
  const open = and(
    eq(refunds.status, "pending"),
    or(isNull(refunds.sendingUntil), lte(refunds.sendingUntil, now)),
    id === undefined ? undefined : eq(refunds.id, id),
  );
  const found = await handle.db
    .select({ id: refunds.id })
    .from(refunds)
    .where(open)
    .orderBy(asc(refunds.id))
    .limit(limit);
  const claimed: RefundRow[] = [];
  for (const each of found) {
    // The condition again: whoever was faster has moved `sendingUntil`.
    const rows = await handle.db
      .update(refunds)
      .set({ sendingUntil })
      .where(and(open, eq(refunds.id, each.id)))
      .returning();
    claimed.push(...rows);
  }
  return claimed;
}

/** The refund if this call is the one that settled it. */
export async function settleRefund(
  tx: Tx,
  { id, status, failure, now }: { id: string; status: "succeeded" | "failed"; failure: string | null; now: Date },
): Promise<RefundRow | null> {
  const { refunds } = marketplaceTables(tx.dialect);
  const [row] = await tx.db
    .update(refunds)
    .set({ status, failure, sendingUntil: null, settledAt: now })
    .where(and(eq(refunds.id, id), eq(refunds.status, "pending")))
    .returning();
  return row ?? null;
}

/** The refund if it had succeeded and this call is the one that hears of its return. */
export async function bounceRefund(
  tx: Tx,
  { id, failure }: { id: string; failure: string },
): Promise<RefundRow | null> {
  const { refunds } = marketplaceTables(tx.dialect);
  const [row] = await tx.db
    .update(refunds)
    .set({ status: "failed", failure })
    .where(and(eq(refunds.id, id), eq(refunds.status, "succeeded")))
    .returning();
  return row ?? null;
}

export async function findRefund(handle: Handle, id: string): Promise<RefundRow | null> {
  const { refunds } = marketplaceTables(handle.dialect);
  const [row] = await handle.db.select().from(refunds).where(eq(refunds.id, id));
  return row ?? null;
}

/** Lets it be sent at once: whoever was sending it is gone. */
export async function freeRefund(tx: Tx, id: string): Promise<void> {
  const { refunds } = marketplaceTables(tx.dialect);
  await tx.db
    .update(refunds)
    .set({ sendingUntil: null })
    .where(and(eq(refunds.id, id), eq(refunds.status, "pending")));
}

/** What our own refunds have given back of a sale. */
export async function sumSucceeded(handle: Handle, saleId: string): Promise<number> {
  const { refunds } = marketplaceTables(handle.dialect);
  const rows = await handle.db
    .select({ amount: refunds.amount })
    .from(refunds)
    .where(and(eq(refunds.saleId, saleId), eq(refunds.status, "succeeded")));
  return rows.reduce((sum, { amount }) => sum + amount, 0);
}

export async function selectRefunds(handle: Handle, orderId: string): Promise<Refund[]> {
  const { refunds } = marketplaceTables(handle.dialect);
  const rows = await handle.db.select().from(refunds).where(eq(refunds.orderId, orderId)).orderBy(asc(refunds.id));
  return rows.map(toRefund);
}

/** True when the dispute is news. */
export async function insertDispute(
  tx: Tx,
  dispute: { id: string; saleId: string; amount: number; status: DisputeStatus; at: Date },
): Promise<boolean> {
  const { disputes } = marketplaceTables(tx.dialect);
  const rows = await tx.db.insert(disputes).values(dispute).onConflictDoNothing({ target: disputes.id }).returning();
  return rows.length === 1;
}

/** What was withheld for it, when this call is the one that decided it. */
export async function decideDispute(
  tx: Tx,
  { id, saleId, status }: { id: string; saleId: string; status: "won" | "lost" },
): Promise<number | null> {
  const { disputes } = marketplaceTables(tx.dialect);
  const rows = await tx.db
    .update(disputes)
    .set({ status })
    .where(and(eq(disputes.id, id), eq(disputes.saleId, saleId), eq(disputes.status, "open")))
    .returning({ amount: disputes.amount });
  return rows[0]?.amount ?? null;
}

/** How much of a sale is disputed and not decided. */
export async function sumOpenDisputes(tx: Tx, saleId: string): Promise<number> {
  const { disputes } = marketplaceTables(tx.dialect);
  const rows = await tx.db
    .select({ amount: disputes.amount })
    .from(disputes)
    .where(and(eq(disputes.saleId, saleId), eq(disputes.status, "open")));
  return rows.reduce((sum, { amount }) => sum + amount, 0);
}

/** Whether any payment of an order is disputed. */
export async function hasOpenDispute(tx: Tx, orderId: string): Promise<boolean> {
  const { disputes, sales } = marketplaceTables(tx.dialect);
  const rows = await tx.db
    .select({ id: disputes.id })
    .from(disputes)
    .innerJoin(sales, eq(sales.id, disputes.saleId))
    .where(and(eq(sales.orderId, orderId), eq(disputes.status, "open")))
    .limit(1);
  return rows.length > 0;
}
