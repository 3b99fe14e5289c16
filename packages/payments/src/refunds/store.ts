/** The SQL of refunds. */
import { money } from "@revops/core";
import type { Database, Handle, Tx } from "@revops/database";
import { and, asc, eq, isNull, ne } from "drizzle-orm";
import { paymentsTables } from "../schema.ts";
import type { Refund } from "./refund.ts";

export interface StoredRefund extends Refund {
  readonly stripePaymentIntentId: string | null;
}

export type RefundStore = ReturnType<typeof createRefundStore>;

type Row = ReturnType<typeof paymentsTables>["refunds"]["$inferSelect"];

const toStored = ({ amount, currency, ...row }: Row): StoredRefund => ({ ...row, amount: money(amount, currency) });

/** Without what callers are not shown. */
export function toPublic({ stripePaymentIntentId: _, ...refund }: StoredRefund): Refund {
  return refund;
}

export function createRefundStore({ dialect }: Pick<Database, "dialect">) {
  const { refunds } = paymentsTables(dialect);
  const first = (rows: Row[]) => (rows[0] ? toStored(rows[0]) : null);
  return {
    find: async (handle: Handle, id: string) => first(await handle.db.select().from(refunds).where(eq(refunds.id, id))),
    findByReference: async (handle: Handle, reference: string) =>
      first(await handle.db.select().from(refunds).where(eq(refunds.reference, reference))),
    findByStripeId: async (handle: Handle, id: string) =>
      first(await handle.db.select().from(refunds).where(eq(refunds.stripeRefundId, id))),

    async listOf(handle: Handle, paymentId: string): Promise<StoredRefund[]> {
      const rows = await handle.db
        .select()
        .from(refunds)
        .where(eq(refunds.paymentId, paymentId))
        .orderBy(asc(refunds.id));
      return rows.map(toStored);
    },

    async existFor(handle: Handle, stripePaymentIntentId: string): Promise<boolean> {
      const [row] = await handle.db
        .select({ id: refunds.id })
        .from(refunds)
        .where(eq(refunds.stripePaymentIntentId, stripePaymentIntentId))
        .limit(1);
      return row !== undefined;
    },

    /** Whether the reference was new. */
    async insert(tx: Tx, { amount, ...refund }: StoredRefund): Promise<boolean> {
      const inserted = await tx.db
        .insert(refunds)
        .values({ ...refund, ...amount })
        .onConflictDoNothing()
        .returning({ id: refunds.id });
      return inserted.length > 0;
    },

    /** Whether it was refused before and is under way again. */
    async tryAgain(tx: Tx, id: string, amount: number): Promise<boolean> {
      const taken = await tx.db
        .update(refunds)
        .set({ status: "pending", failureCode: null, amount })
        .where(and(eq(refunds.id, id), eq(refunds.status, "failed"), isNull(refunds.stripeRefundId)))
        .returning({ id: refunds.id });
      return taken.length > 0;
    },

    /** Stripe did not take it. */
    async refuse(tx: Tx, id: string, failureCode: string): Promise<void> {
      await tx.db
        .update(refunds)
        .set({ status: "failed", failureCode })
        .where(and(eq(refunds.id, id), isNull(refunds.stripeRefundId), ne(refunds.status, "succeeded")));
    },

    async put(tx: Tx, { amount, ...refund }: StoredRefund): Promise<void> {
      const row = { ...refund, ...amount };
      await tx.db.insert(refunds).values(row).onConflictDoUpdate({ target: refunds.id, set: row });
    },
  };
}
