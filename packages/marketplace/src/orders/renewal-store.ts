/** What changes an order that is paid for by the period. Of two at once, one renews it. */
import type { Handle, Tx } from "@revops/database";
import { and, asc, eq, inArray, isNotNull, isNull, lt, lte, or, sql } from "drizzle-orm";
import { marketplaceTables } from "../schema.ts";
import { type Order, toOrder } from "./order.ts";
import type { PaidPeriod } from "./subscription-period.ts";

export function periodColumns(period: PaidPeriod | null) {
  if (period === null) return {};
  const { anchor, start: periodStart, end: periodEnd } = period;
  return { anchor, periodStart, periodEnd, renewAt: periodEnd, renewalTries: 0 };
}

/**
 * Takes up subscriptions whose next charge or end is due and that nobody is charging for. What is suspended gives its buyers
 * nothing, so they are not charged for it.
 */
export async function claimDueOrders(
  handle: Handle,
  { chargingUntil, now, limit }: { chargingUntil: Date; now: Date; limit: number },
): Promise<Order[]> {
  const { orders } = marketplaceTables(handle.dialect);
  const isHad = sql`not exists (select 1 from marketplace_listings l where l.id = ${orders.listingId} and l.status = 'suspended')`;
  const due = and(
    eq(orders.status, "paid"),
    lte(orders.renewAt, now),
    or(isNull(orders.chargingUntil), lte(orders.chargingUntil, now)),
    or(eq(orders.cancelAtPeriodEnd, true), isHad),
  );
  const some = handle.db.select({ id: orders.id }).from(orders).where(due).orderBy(asc(orders.renewAt)).limit(limit);
  const rows = await handle.db
    .update(orders)
    .set({ chargingUntil })
    .where(and(due, inArray(orders.id, some)))
    .returning();
  return rows.map((row) => toOrder(row));
}

/** The order if this call is the one that renewed it. */
export async function markRenewed(
  tx: Tx,
  { orderId, renewals, period }: { orderId: string; renewals: number; period: PaidPeriod },
): Promise<Order | null> {
  const { orders } = marketplaceTables(tx.dialect);
  const [row] = await tx.db
    .update(orders)
    .set({ chargingUntil: null, renewals, ...periodColumns(period) })
    .where(and(eq(orders.id, orderId), eq(orders.status, "paid"), eq(orders.renewals, renewals - 1)))
    .returning();
  return row ? toOrder(row) : null;
}

/** Notes that a renewal was refused; it is tried again at `renewAt`. */
export async function noteRenewalRefused(
  tx: Tx,
  { orderId, renewals, tries, renewAt }: { orderId: string; renewals: number; tries: number; renewAt: Date },
): Promise<boolean> {
  const { orders } = marketplaceTables(tx.dialect);
  const those = and(eq(orders.id, orderId), eq(orders.status, "paid"), eq(orders.renewals, renewals));
  const rows = await tx.db
    .update(orders)
    .set({ chargingUntil: null, renewalTries: tries, renewAt })
    .where(and(those, lt(orders.renewalTries, tries)))
    .returning();
  return rows.length === 1;
}

/** Ends a subscription; null when it had ended. */
export async function markEnded(tx: Tx, orderId: string, now: Date): Promise<Order | null> {
  const { orders } = marketplaceTables(tx.dialect);
  const [row] = await tx.db
    .update(orders)
    .set({ status: "ended", current: null, chargingUntil: null, renewAt: null, endedAt: now })
    .where(and(eq(orders.id, orderId), eq(orders.status, "paid")))
    .returning();
  return row ? toOrder(row) : null;
}

/** Has a subscription end with its period, or go on; false when it is none that goes on by itself. */
export async function setCancel(tx: Tx, orderId: string, cancel: boolean): Promise<boolean> {
  const { orders } = marketplaceTables(tx.dialect);
  const goesOn = and(eq(orders.id, orderId), eq(orders.status, "paid"), sql`${orders.renewAt} is not null`);
  const rows = await tx.db.update(orders).set({ cancelAtPeriodEnd: cancel }).where(goesOn).returning();
  return rows.length === 1;
}

/** Has every subscription end with its period that a subject buys or sells, those included that are not paid yet. */
export async function cancelAllOf(tx: Tx, subjectId: string): Promise<void> {
  const { orders, listings } = marketplaceTables(tx.dialect);
  const theirs = tx.db.select({ id: listings.id }).from(listings).where(eq(listings.publisherId, subjectId));
  const goesOn = and(isNotNull(orders.interval), inArray(orders.status, ["pending", "paid", "disputed"]));
  await tx.db
    .update(orders)
    .set({ cancelAtPeriodEnd: true })
    .where(and(goesOn, or(eq(orders.buyerId, subjectId), inArray(orders.listingId, theirs))));
}
