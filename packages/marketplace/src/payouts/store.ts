/** The payouts' SQL. */
import type { Handle, Tx } from "@revops/database";
import { and, asc, desc, eq, isNull, lt, lte, or } from "drizzle-orm";
import { marketplaceTables } from "../schema.ts";
import type { Payout } from "./payout.ts";

export type PayoutRow = ReturnType<typeof marketplaceTables>["payouts"]["$inferSelect"];

export function toPayout(row: PayoutRow): Payout {
  const { id, publisherId, amount, currency, status, failure, createdAt, settledAt } = row;
  return { id, publisherId, amount: { amount, currency }, status, failure, createdAt, settledAt };
}

/** Null while the publisher has one that is pending. */
export async function insertPayout(tx: Tx, payout: PayoutRow): Promise<PayoutRow | null> {
  const { payouts } = marketplaceTables(tx.dialect);
  const [row] = await tx.db
    .insert(payouts)
    .values(payout)
    .onConflictDoNothing({ target: [payouts.publisherId, payouts.currency, payouts.open] })
    .returning();
  return row ?? null;
}

/** A payout that a try before this one made; whoever was sending it is gone. Null when there is none. */
export async function resumePayout(
  tx: Tx,
  { id, publisherId, currency }: Pick<PayoutRow, "id" | "publisherId" | "currency">,
): Promise<PayoutRow | null> {
  const { payouts } = marketplaceTables(tx.dialect);
  const own = and(eq(payouts.id, id), eq(payouts.publisherId, publisherId), eq(payouts.currency, currency));
  await tx.db
    .update(payouts)
    .set({ sendingUntil: null })
    .where(and(own, eq(payouts.status, "pending")));
  const [row] = await tx.db.select().from(payouts).where(own);
  return row ?? null;
}

export async function findPayout(handle: Handle, id: string): Promise<PayoutRow | null> {
  const { payouts } = marketplaceTables(handle.dialect);
  const [row] = await handle.db.select().from(payouts).where(eq(payouts.id, id));
  return row ?? null;
}

/** Takes up payouts that nobody is sending; one, when its id is given. */
export async function claimPayouts(
  handle: Handle,
  { now, sendingUntil, limit, id }: { now: Date; sendingUntil: Date; limit: number; id?: string | undefined },
): Promise<PayoutRow[]> {
  const { payouts } = marketplaceTables(handle.dialect);
  const open = and(
    eq(payouts.status, "pending"),
    or(isNull(payouts.sendingUntil), lte(payouts.sendingUntil, now)),
    id === undefined ? undefined : eq(payouts.id, id),
  );
  const found = await handle.db
    .select({ id: payouts.id })
    .from(payouts)
    .where(open)
    .orderBy(asc(payouts.id))
    .limit(limit);
  const claimed: PayoutRow[] = [];
  for (const each of found) {
    // The condition again: whoever was faster has moved `sendingUntil`.
    const rows = await handle.db
      .update(payouts)
      .set({ sendingUntil })
      .where(and(open, eq(payouts.id, each.id)))
      .returning();
    claimed.push(...rows);
  }
  return claimed;
}

/** The payout if this call is the one that settled it. */
export async function settlePayout(
  tx: Tx,
  id: string,
  outcome: { status: "paid" | "failed"; transferId: string | null; failure: string | null; now: Date },
): Promise<PayoutRow | null> {
  const { payouts } = marketplaceTables(tx.dialect);
  const { status, transferId, failure, now: settledAt } = outcome;
  const [row] = await tx.db
    .update(payouts)
    .set({ status, transferId, failure, settledAt, open: null, sendingUntil: null })
    .where(and(eq(payouts.id, id), eq(payouts.status, "pending")))
    .returning();
  return row ?? null;
}

/** Whether the last payout of a seller failed after a time. */
export async function hasFailedSince(
  handle: Handle,
  { publisherId, currency }: Pick<PayoutRow, "publisherId" | "currency">,
  since: Date,
): Promise<boolean> {
  const { payouts } = marketplaceTables(handle.dialect);
  const [last] = await handle.db
    .select({ status: payouts.status, settledAt: payouts.settledAt })
    .from(payouts)
    .where(and(eq(payouts.publisherId, publisherId), eq(payouts.currency, currency)))
    .orderBy(desc(payouts.id))
    .limit(1);
  return last?.status === "failed" && last.settledAt !== null && last.settledAt > since;
}

/** Newest first. */
export async function selectPayouts(
  handle: Handle,
  { publisherId, limit, after }: { publisherId: string; limit: number; after: string | undefined },
): Promise<Payout[]> {
  const { payouts } = marketplaceTables(handle.dialect);
  const from = after === undefined ? undefined : lt(payouts.id, after);
  const rows = await handle.db
    .select()
    .from(payouts)
    .where(and(eq(payouts.publisherId, publisherId), from))
    .orderBy(desc(payouts.id))
    .limit(limit);
  return rows.map(toPayout);
}
