/** Orders as they are found, with their licence's key. */
import type { Dialect, Handle } from "@revops/database";
import { and, desc, eq, inArray, lt, ne, type SQL } from "drizzle-orm";
import { marketplaceTables } from "../schema.ts";
import { type Order, toOrder } from "./order.ts";
import type { Purchase } from "./purchase.ts";

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

/** Orders by which somebody has a listing, or had it to its end. */
export function isBought(dialect: Dialect, buyerId: string, listingId: string): SQL | undefined {
  const { orders } = marketplaceTables(dialect);
  return and(eq(orders.buyerId, buyerId), eq(orders.listingId, listingId), inArray(orders.status, ["paid", "ended"]));
}

/** Whether they have paid for it and it was not taken back; an ended subscription counts. */
export async function hasBought(handle: Handle, buyerId: string, listingId: string): Promise<boolean> {
  const { orders } = marketplaceTables(handle.dialect);
  const rows = await handle.db
    .select({ id: orders.id })
    .from(orders)
    .where(isBought(handle.dialect, buyerId, listingId))
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
