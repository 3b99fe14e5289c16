/** The SQL of disputes. */
import { money, type Page, type PageRequest, pageOf } from "@revops/core";
import type { Database, Handle, Tx } from "@revops/database";
import { desc, eq, lt } from "drizzle-orm";
import { paymentsTables } from "../schema.ts";
import type { Dispute } from "./dispute.ts";

export interface StoredDispute extends Dispute {
  readonly stripePaymentIntentId: string | null;
}

export type DisputeStore = ReturnType<typeof createDisputeStore>;

/** Without what callers are not shown. */
export function toPublic({ stripePaymentIntentId: _, ...dispute }: StoredDispute): Dispute {
  return dispute;
}

export function createDisputeStore({ dialect }: Pick<Database, "dialect">) {
  const { disputes } = paymentsTables(dialect);
  type Row = (typeof disputes)["$inferSelect"];
  const toStored = ({ amount, currency, ...row }: Row): StoredDispute => ({ ...row, amount: money(amount, currency) });
  return {
    async findByStripeId(handle: Handle, id: string): Promise<StoredDispute | null> {
      const [row] = await handle.db.select().from(disputes).where(eq(disputes.stripeDisputeId, id));
      return row ? toStored(row) : null;
    },
    /** Newest first. */
    async list(handle: Handle, { limit, after }: PageRequest): Promise<Page<Dispute>> {
      const rows = await handle.db
        .select()
        .from(disputes)
        .where(after === undefined ? undefined : lt(disputes.id, after))
        .orderBy(desc(disputes.id))
        .limit(limit + 1);
      return pageOf(
        rows.map((row) => toPublic(toStored(row))),
        limit,
        ({ id }) => id,
      );
    },
    async put(tx: Tx, { amount, ...dispute }: StoredDispute): Promise<void> {
      const row = { ...dispute, ...amount };
      await tx.db.insert(disputes).values(row).onConflictDoUpdate({ target: disputes.stripeDisputeId, set: row });
    },
  };
}
