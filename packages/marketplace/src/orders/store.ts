/** The orders' SQL. Each change of status names the status it changes from, so that of two at once one happens. */
import type { Money } from "@revops/core";
import type { Handle, Tx } from "@revops/database";
import { and, desc, eq, isNull, lt, lte, ne, or, type SQL, sql } from "drizzle-orm";
import type { Listing } from "../listings/listing.ts";
import { marketplaceTables } from "../schema.ts";
import type { CommissionRule } from "./commission.ts";
import type { Purchase } from "./purchase.ts";

/** A purchase with what its buyer is not shown. */
export interface Order {
  readonly purchase: Purchase;
  readonly buyerId: string;
  readonly publisherId: string;
  readonly paymentId: string | null;
}

type Row = ReturnType<typeof marketplaceTables>["orders"]["$inferSelect"];

function toOrder(row: Row, licenseKey: string | null = null): Order {
  const { id, listingId, status, price, commission, createdAt, buyerId, publisherId, paymentId } = row;
  const purchase = { id, packageId: listingId, status, price, commission, licenseKey, createdAt };
  return { purchase, buyerId, publisherId, paymentId };
}

/** What an order for money freezes. */
export interface Split {
  readonly price: Money;
  readonly commission: Money;
  readonly rule: CommissionRule;
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
      commissionRule: split?.rule ?? null,
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
  { orderId, paymentId, now }: { orderId: string; paymentId: string | null; now: Date },
): Promise<Order | null> {
  const { orders } = marketplaceTables(tx.dialect);
  const noOtherOne = sql`not exists (select 1 from marketplace_orders o where o.buyer_id = ${orders.buyerId}
    and o.listing_id = ${orders.listingId} and o.current = ${true})`;
  const [row] = await tx.db
    .update(orders)
    .set({ status: "paid", current: true, chargingUntil: null, paymentId, settledAt: now })
    .where(and(eq(orders.id, orderId), or(eq(orders.status, "pending"), and(eq(orders.status, "failed"), noOtherOne))))
    .returning();
  return row ? toOrder(row) : null;
}

function isPending(handle: Handle, orderId: string): SQL | undefined {
  const { orders } = marketplaceTables(handle.dialect);
  return and(eq(orders.id, orderId), eq(orders.status, "pending"));
}

export async function findOrder(handle: Handle, orderId: string): Promise<Order | null> {
  const { orders } = marketplaceTables(handle.dialect);
  const [order] = await selectWithLicense(handle, eq(orders.id, orderId), 1);
  return order ?? null;
}

/** The buyer's pending or paid order for a listing. */
export async function findCurrentOrder(handle: Handle, buyerId: string, listingId: string): Promise<Purchase | null> {
  const { orders } = marketplaceTables(handle.dialect);
  const current = and(eq(orders.buyerId, buyerId), eq(orders.listingId, listingId), eq(orders.current, true));
  const [order] = await selectWithLicense(handle, current, 1);
  return order?.purchase ?? null;
}

/** Newest first. */
export async function selectOrders(
  handle: Handle,
  { buyerId, limit, after }: { buyerId: string; limit: number; after: string | undefined },
): Promise<Purchase[]> {
  const { orders } = marketplaceTables(handle.dialect);
  const from = after === undefined ? undefined : lt(orders.id, after);
  const bought = and(eq(orders.buyerId, buyerId), ne(orders.status, "failed"), from);
  const rows = await selectWithLicense(handle, bought, limit);
  return rows.map(({ purchase }) => purchase);
}

async function selectWithLicense(handle: Handle, where: SQL | undefined, limit: number): Promise<Order[]> {
  const { orders, licenses } = marketplaceTables(handle.dialect);
  const rows = await handle.db
    .select({ order: orders, licenseKey: licenses.key })
    .from(orders)
    .leftJoin(licenses, eq(licenses.orderId, orders.id))
    .where(where)
    .orderBy(desc(orders.id))
    .limit(limit);
  return rows.map(({ order, licenseKey }) => toOrder(order, licenseKey));
}
