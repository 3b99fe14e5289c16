/** What changes an order. Each change of status names the status it changes from, so that of two at once one happens. */
import type { Money } from "@revops/core";
import type { Handle, Tx } from "@revops/database";
import { and, eq, isNull, lte, or, type SQL, sql } from "drizzle-orm";
import type { Listing } from "../listings/listing.ts";
import { marketplaceTables } from "../schema.ts";
import type { FrozenCommission } from "./commission.ts";
import { findOrder, isBought } from "./find.ts";
import { type Order, toOrder } from "./order.ts";
import type { Purchase, PurchaseStatus } from "./purchase.ts";
import { periodColumns } from "./renewal-store.ts";
import type { PaidPeriod } from "./subscription-period.ts";

/** What an order for money freezes. */
export interface Split {
  readonly price: Money;
  readonly commission: Money;
  readonly frozen: FrozenCommission;
}

/** Null when the buyer has a pending or paid order for this listing. */
export async function insertOrder(
  tx: Tx,
  order: { id: string; buyerId: string; listing: Listing; split: Split | null; chargingUntil: Date; now: Date },
): Promise<Order | null> {
  const { orders } = marketplaceTables(tx.dialect);
  const { id, buyerId, listing, split, chargingUntil, now } = order;
  const [row] = await tx.db
    .insert(orders)
    .values({
      id,
      buyerId,
      listingId: listing.id,
      publisherId: listing.publisher.id,
      price: split?.price ?? null,
      commission: split?.commission ?? null,
      commissionRule: split?.frozen ?? null,
      interval: listing.interval,
      licenseTerms: listing.licenseTerms,
      renewals: 0,
      renewalTries: 0,
      status: "pending",
      current: true,
      chargingUntil,
      createdAt: now,
    })
    .onConflictDoNothing({ target: [orders.buyerId, orders.listingId, orders.current] })
    .returning();
  return row ? toOrder(row) : null;
}

/** Takes up a pending order that nobody is charging for. */
export async function claimPendingOrder(
  tx: Tx,
  { buyerId, listingId, chargingUntil, now }: { buyerId: string; listingId: string; chargingUntil: Date; now: Date },
): Promise<Order | null> {
  const { orders } = marketplaceTables(tx.dialect);
  const [row] = await tx.db
    .update(orders)
    .set({ chargingUntil })
    .where(
      and(
        eq(orders.buyerId, buyerId),
        eq(orders.listingId, listingId),
        eq(orders.status, "pending"),
        or(isNull(orders.chargingUntil), lte(orders.chargingUntil, now)),
      ),
    )
    .returning();
  return row ? toOrder(row) : null;
}

/** Keeps others from charging for it. */
export async function extendCharging(tx: Tx, orderId: string, chargingUntil: Date): Promise<void> {
  const { orders } = marketplaceTables(tx.dialect);
  await tx.db.update(orders).set({ chargingUntil }).where(isPending(tx, orderId));
}

/** Lets the next try charge at once. */
export async function releaseOrder(handle: Handle, orderId: string): Promise<void> {
  const { orders } = marketplaceTables(handle.dialect);
  await handle.db.update(orders).set({ chargingUntil: null }).where(isPending(handle, orderId));
}

/** Remembers a payment that is not settled yet, and lets the next try ask about it. */
export async function notePayment(handle: Handle, orderId: string, paymentId: string): Promise<Purchase | null> {
  const { orders } = marketplaceTables(handle.dialect);
  await handle.db.update(orders).set({ chargingUntil: null, paymentId }).where(isPending(handle, orderId));
  return (await findOrder(handle, orderId))?.purchase ?? null;
}

export async function markFailed(
  handle: Handle,
  { orderId, paymentId, now }: { orderId: string; paymentId: string | null; now: Date },
): Promise<void> {
  const { orders } = marketplaceTables(handle.dialect);
  await handle.db
    .update(orders)
    .set({ status: "failed", current: null, chargingUntil: null, settledAt: now, ...(paymentId && { paymentId }) })
    .where(isPending(handle, orderId));
}

/**
 * The order if this call is the one that paid it. One that had failed is paid too when its money arrives after all,
 * unless the buyer has tried anew since.
 */
export async function markPaid(
  tx: Tx,
  {
    orderId,
    paymentId,
    now,
    period,
  }: { orderId: string; paymentId: string | null; now: Date; period: PaidPeriod | null },
): Promise<Order | null> {
  const { orders } = marketplaceTables(tx.dialect);
  const noOtherOne = sql`not exists (select 1 from marketplace_orders o where o.buyer_id = ${orders.buyerId}
    and o.listing_id = ${orders.listingId} and o.current = ${true})`;
  const [row] = await tx.db
    .update(orders)
    .set({ status: "paid", current: true, chargingUntil: null, paymentId, settledAt: now, ...periodColumns(period) })
    .where(and(eq(orders.id, orderId), or(eq(orders.status, "pending"), and(eq(orders.status, "failed"), noOtherOne))))
    .returning();
  return row ? toOrder(row) : null;
}

/** Takes the order's row for this transaction. */
export async function lockOrder(tx: Tx, orderId: string): Promise<Order | null> {
  const { orders } = marketplaceTables(tx.dialect);
  const [row] = await tx.db
    .update(orders)
    .set({ status: sql`${orders.status}` })
    .where(eq(orders.id, orderId))
    .returning();
  return row ? toOrder(row) : null;
}

/** As `hasBought`, with those orders taken for this transaction: what gives one back waits, or is waited for. */
export async function lockBought(tx: Tx, buyerId: string, listingId: string): Promise<boolean> {
  const { orders } = marketplaceTables(tx.dialect);
  const rows = await tx.db
    .update(orders)
    .set({ status: sql`${orders.status}` })
    .where(isBought(tx.dialect, buyerId, listingId))
    .returning({ id: orders.id });
  return rows.length > 0;
}

/** Adds to what went back of an order, and moves it on. */
export async function noteReversal(
  tx: Tx,
  orderId: string,
  change: { amount: number; status: PurchaseStatus | null; now: Date },
): Promise<void> {
  const { orders } = marketplaceTables(tx.dialect);
  const { amount, status, now } = change;
  const ended = status === "refunded" ? { current: null, renewAt: null, endedAt: now } : {};
  await tx.db
    .update(orders)
    .set({
      refundedAmount: sql`coalesce(${orders.refundedAmount}, 0) + ${amount}`,
      ...(status && { status, ...ended }),
    })
    .where(eq(orders.id, orderId));
}

/** Between `paid` and `disputed`; false when it is neither. */
export async function setDisputed(tx: Tx, orderId: string, disputed: boolean): Promise<boolean> {
  const { orders } = marketplaceTables(tx.dialect);
  const [from, to] = disputed ? (["paid", "disputed"] as const) : (["disputed", "paid"] as const);
  const rows = await tx.db
    .update(orders)
    .set({ status: to })
    .where(and(eq(orders.id, orderId), eq(orders.status, from)))
    .returning();
  return rows.length === 1;
}

function isPending(handle: Handle, orderId: string): SQL | undefined {
  const { orders } = marketplaceTables(handle.dialect);
  return and(eq(orders.id, orderId), eq(orders.status, "pending"));
}
