/** The orders' SQL. Each change of status names the status it changes from, so that of two at once one happens. */
import type { Money } from "@revops/core";
import type { Handle, Tx } from "@revops/database";
import { and, asc, desc, eq, inArray, isNull, lt, lte, ne, or, type SQL, sql } from "drizzle-orm";
import type { LicenseTerms } from "../licenses/terms.ts";
import type { BillingInterval, Listing } from "../listings/listing.ts";
import { marketplaceTables } from "../schema.ts";
import type { FrozenCommission } from "./commission.ts";
import type { Purchase, PurchaseStatus } from "./purchase.ts";

/** A purchase with what its buyer is not shown. */
export interface Order {
  readonly purchase: Purchase;
  readonly buyerId: string;
  readonly publisherId: string;
  readonly paymentId: string | null;
  readonly licenseTerms: LicenseTerms;
  readonly interval: BillingInterval | null;
  readonly anchor: Date | null;
  readonly periodEnd: Date | null;
  /** How many periods were paid after the first. */
  readonly renewals: number;
  readonly renewalTries: number;
  readonly cancelAtPeriodEnd: boolean;
}

type Row = ReturnType<typeof marketplaceTables>["orders"]["$inferSelect"];

function toOrder(row: Row, licenseKey: string | null = null): Order {
  const { id, listingId, status, price, commission, createdAt, buyerId, publisherId, paymentId, interval } = row;
  const back = row.refundedAmount ?? 0;
  const refunded = price !== null && back > 0 ? { amount: back, currency: price.currency } : null;
  const cancelAtPeriodEnd = row.cancelAtPeriodEnd ?? false;
  const subscription = interval && {
    interval,
    start: row.periodStart,
    end: row.periodEnd,
    cancelAtPeriodEnd,
    pastDue: (row.renewalTries ?? 0) > 0,
  };
  const about = { id, packageId: listingId, status, price, commission, refunded, subscription, licenseKey, createdAt };
  return {
    purchase: about,
    buyerId,
    publisherId,
    paymentId,
    licenseTerms: row.licenseTerms ?? {},
    interval,
    anchor: row.anchor,
    periodEnd: row.periodEnd,
    renewals: row.renewals ?? 0,
    renewalTries: row.renewalTries ?? 0,
    cancelAtPeriodEnd,
  };
}

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

/** A period that is paid for. */
export interface PaidPeriod {
  readonly anchor: Date;
  readonly start: Date;
  readonly end: Date;
}

function periodColumns(period: PaidPeriod | null) {
  if (period === null) return {};
  const { anchor, start: periodStart, end: periodEnd } = period;
  return { anchor, periodStart, periodEnd, renewAt: periodEnd, renewalTries: 0 };
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

/** Whether a subscription ends with its period; null when it is none that goes on. */
export async function setCancel(tx: Tx, orderId: string, cancel: boolean): Promise<boolean> {
  const { orders } = marketplaceTables(tx.dialect);
  const goesOn = and(eq(orders.id, orderId), eq(orders.status, "paid"), sql`${orders.renewAt} is not null`);
  const rows = await tx.db.update(orders).set({ cancelAtPeriodEnd: cancel }).where(goesOn).returning();
  return rows.length === 1;
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

/** Whether they have paid for it and it was not taken back; an ended subscription counts. */
export async function hasBought(handle: Handle, buyerId: string, listingId: string): Promise<boolean> {
  const { orders } = marketplaceTables(handle.dialect);
  const rows = await handle.db
    .select({ id: orders.id })
    .from(orders)
    .where(and(eq(orders.buyerId, buyerId), eq(orders.listingId, listingId), inArray(orders.status, ["paid", "ended"])))
    .limit(1);
  return rows.length > 0;
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
