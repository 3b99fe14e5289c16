/** The SQL of sales and of what is owed for them. Whoever changes a balance holds the seller's row until the commit. */
import type { Handle, Tx } from "@revops/database";
import { and, asc, desc, eq, gt, gte, lt, or, type SQL, sql } from "drizzle-orm";
import { marketplaceTables } from "../schema.ts";
import type { SellerEntry } from "./entry.ts";

type Schema = ReturnType<typeof marketplaceTables>;
export type Sale = Schema["sales"]["$inferSelect"];
export type Seller = Schema["sellers"]["$inferSelect"];
type EntryRow = Schema["sellerEntries"]["$inferSelect"];
export type NewEntry = Omit<EntryRow, "number" | "balance">;

/** False when the payment was booked before. */
export async function insertSale(tx: Tx, sale: Sale): Promise<boolean> {
  const { sales } = marketplaceTables(tx.dialect);
  const rows = await tx.db.insert(sales).values(sale).onConflictDoNothing({ target: sales.id }).returning();
  return rows.length === 1;
}

/** Takes the sale's row for this transaction. */
export async function lockSale(tx: Tx, saleId: string): Promise<Sale | null> {
  const { sales } = marketplaceTables(tx.dialect);
  const [row] = await tx.db
    .update(sales)
    .set({ id: sql`${sales.id}` })
    .where(eq(sales.id, saleId))
    .returning();
  return row ?? null;
}

export async function updateSale(tx: Tx, saleId: string, changes: Partial<Sale>): Promise<void> {
  const { sales } = marketplaceTables(tx.dialect);
  await tx.db.update(sales).set(changes).where(eq(sales.id, saleId));
}

/** Sets a part of the sale aside for a refund; null when there is not so much left. */
export async function requestFromSale(tx: Tx, saleId: string, amount: number): Promise<Sale | null> {
  const { sales } = marketplaceTables(tx.dialect);
  const fits = sql`${sales.refundRequested} + ${sales.disputed} + ${amount} <= ${sales.amount}`;
  const [row] = await tx.db
    .update(sales)
    .set({ refundRequested: sql`${sales.refundRequested} + ${amount}` })
    .where(and(eq(sales.id, saleId), fits))
    .returning();
  return row ?? null;
}

/** Gives back what a refund had set aside and did not use. */
export async function releaseFromSale(tx: Tx, saleId: string, amount: number): Promise<void> {
  const { sales } = marketplaceTables(tx.dialect);
  await tx.db
    .update(sales)
    .set({ refundRequested: sql`${sales.refundRequested} - ${amount}` })
    .where(eq(sales.id, saleId));
}

/** An order's sales, the newest first: ids grow with the periods only as far as their number has as many digits. */
export async function salesOfOrder(handle: Handle, orderId: string): Promise<Sale[]> {
  const { sales } = marketplaceTables(handle.dialect);
  const rows = await handle.db.select().from(sales).where(eq(sales.orderId, orderId));
  return rows.sort(
    (a, b) => b.paidAt.getTime() - a.paidAt.getTime() || b.id.length - a.id.length || (a.id < b.id ? 1 : -1),
  );
}

/**
 * Adds to a seller's balance and writes the entry that explains it. Null when this posting was booked before.
 * @param volume what it adds to what the seller has sold
 */
export async function insertEntry(tx: Tx, entry: NewEntry, volume: number): Promise<SellerEntry | null> {
  const { sellers, sellerEntries } = marketplaceTables(tx.dialect);
  const { publisherId, currency, amount } = entry;
  const [seller] = await tx.db
    .insert(sellers)
    .values({ publisherId, currency, balance: amount, volume, entries: 1 })
    .onConflictDoUpdate({
      target: [sellers.publisherId, sellers.currency],
      set: {
        balance: sql`${sellers.balance} + ${amount}`,
        volume: sql`${sellers.volume} + ${volume}`,
        entries: sql`${sellers.entries} + 1`,
      },
    })
    .returning();
  if (!seller) throw new Error("An upsert gave no row.");
  const row = { ...entry, number: seller.entries, balance: seller.balance };
  await tx.db.insert(sellerEntries).values(row);
  return toEntry(row);
}

/** Whether a posting was booked. Asked with the seller, sale or payout locked. */
export async function hasEntry(tx: Tx, postingId: string): Promise<boolean> {
  const { sellerEntries } = marketplaceTables(tx.dialect);
  const rows = await tx.db
    .select({ number: sellerEntries.number })
    .from(sellerEntries)
    .where(eq(sellerEntries.postingId, postingId));
  return rows.length > 0;
}

/** How much of a payout came back so far. */
export async function sumReversed(tx: Tx, payoutId: string): Promise<number> {
  const { sellerEntries } = marketplaceTables(tx.dialect);
  const rows = await tx.db
    .select({ amount: sellerEntries.amount })
    .from(sellerEntries)
    .where(and(eq(sellerEntries.payoutId, payoutId), eq(sellerEntries.kind, "payout_reversed")));
  return rows.reduce((sum, { amount }) => sum + amount, 0);
}

/** Takes the seller's row for this transaction. */
export async function lockSeller(tx: Tx, publisherId: string, currency: string): Promise<Seller | null> {
  const { sellers } = marketplaceTables(tx.dialect);
  const [row] = await tx.db
    .update(sellers)
    .set({ balance: sql`${sellers.balance}` })
    .where(and(eq(sellers.publisherId, publisherId), eq(sellers.currency, currency)))
    .returning();
  return row ?? null;
}

export async function findSeller(handle: Handle, publisherId: string, currency: string): Promise<Seller | null> {
  const { sellers } = marketplaceTables(handle.dialect);
  const those = and(eq(sellers.publisherId, publisherId), eq(sellers.currency, currency));
  const [row] = await handle.db.select().from(sellers).where(those);
  return row ?? null;
}

export async function selectSellers(handle: Handle, publisherId: string): Promise<Seller[]> {
  const { sellers } = marketplaceTables(handle.dialect);
  return handle.db.select().from(sellers).where(eq(sellers.publisherId, publisherId)).orderBy(asc(sellers.currency));
}

/** Sellers with something to pay out, a page at a time. */
export async function selectPositiveSellers(
  handle: Handle,
  { after, limit }: { after: { publisherId: string; currency: string } | undefined; limit: number },
): Promise<Seller[]> {
  const { sellers } = marketplaceTables(handle.dialect);
  const from =
    after &&
    or(
      gt(sellers.publisherId, after.publisherId),
      and(eq(sellers.publisherId, after.publisherId), gt(sellers.currency, after.currency)),
    );
  return handle.db
    .select()
    .from(sellers)
    .where(and(gt(sellers.balance, 0), from))
    .orderBy(asc(sellers.publisherId), asc(sellers.currency))
    .limit(limit);
}

/** What is owed and not yet due. */
export async function heldAmount(handle: Handle, publisherId: string, currency: string, now: Date): Promise<number> {
  const { sellerEntries } = marketplaceTables(handle.dialect);
  return sumOf(handle, and(ofSeller(handle, publisherId, currency), gt(sellerEntries.availableAt, now)));
}

/** The balance as it was at a time, by its entries. */
export async function balanceBefore(handle: Handle, publisherId: string, currency: string, at: Date): Promise<number> {
  const { sellerEntries } = marketplaceTables(handle.dialect);
  return sumOf(handle, and(ofSeller(handle, publisherId, currency), lt(sellerEntries.at, at)));
}

async function sumOf(handle: Handle, where: SQL | undefined): Promise<number> {
  const { sellerEntries } = marketplaceTables(handle.dialect);
  const [row] = await handle.db
    .select({ sum: sql<string | number>`coalesce(sum(${sellerEntries.amount}), 0)` })
    .from(sellerEntries)
    .where(where);
  return Number(row?.sum ?? 0);
}

/** What each kind of entry came to within `from` (included) and `to` (not). */
export async function totalsBetween(
  handle: Handle,
  { publisherId, currency, from, to }: { publisherId: string; currency: string; from: Date; to: Date },
): Promise<{ kind: EntryRow["kind"]; gross: number; commission: number; amount: number; count: number }[]> {
  const { sellerEntries } = marketplaceTables(handle.dialect);
  const rows = await handle.db
    .select({
      kind: sellerEntries.kind,
      gross: sql<string>`sum(${sellerEntries.gross})`,
      commission: sql<string>`sum(${sellerEntries.commission})`,
      amount: sql<string>`sum(${sellerEntries.amount})`,
      count: sql<string>`count(*)`,
    })
    .from(sellerEntries)
    .where(and(ofSeller(handle, publisherId, currency), gte(sellerEntries.at, from), lt(sellerEntries.at, to)))
    .groupBy(sellerEntries.kind)
    .orderBy(asc(sellerEntries.kind));
  return rows.map(({ kind, ...sums }) => ({
    kind,
    gross: Number(sums.gross),
    commission: Number(sums.commission),
    amount: Number(sums.amount),
    count: Number(sums.count),
  }));
}

/** Newest first. */
export async function selectEntries(
  handle: Handle,
  query: { publisherId: string; currency: string; limit: number; before: number | undefined },
): Promise<SellerEntry[]> {
  const { sellerEntries } = marketplaceTables(handle.dialect);
  const from = query.before === undefined ? undefined : lt(sellerEntries.number, query.before);
  const rows = await handle.db
    .select()
    .from(sellerEntries)
    .where(and(ofSeller(handle, query.publisherId, query.currency), from))
    .orderBy(desc(sellerEntries.number))
    .limit(query.limit);
  return rows.map(toEntry);
}

/** Sellers whose balance is not the sum of their entries, whatever the reason. */
export async function selectUnbalanced(
  handle: Handle,
): Promise<{ publisherId: string; currency: string; balance: number; sum: number }[]> {
  const rows = await handle.rows<{ publisherId: string; currency: string; balance: string; sum: string }>(sql`
    select s.publisher_id as "publisherId", s.currency as "currency", s.balance as "balance", coalesce(e.sum, 0) as "sum"
    from marketplace_sellers s left join (
      select publisher_id, currency, sum(amount) as sum from marketplace_seller_entries group by publisher_id, currency
    ) e on e.publisher_id = s.publisher_id and e.currency = s.currency
    where s.balance <> coalesce(e.sum, 0) order by s.publisher_id, s.currency`);
  return rows.map((row) => ({ ...row, balance: Number(row.balance), sum: Number(row.sum) }));
}

function ofSeller(handle: Handle, publisherId: string, currency: string): SQL | undefined {
  const { sellerEntries } = marketplaceTables(handle.dialect);
  return and(eq(sellerEntries.publisherId, publisherId), eq(sellerEntries.currency, currency));
}

function toEntry(row: EntryRow): SellerEntry {
  const { publisherId: _publisher, postingId: _posting, orderId, ...entry } = row;
  return { ...entry, purchaseId: orderId };
}
