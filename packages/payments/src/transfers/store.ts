/** The SQL of transfers and their reversals. */
import { money } from "@revops/core";
import type { Database, Handle, Tx } from "@revops/database";
import { and, eq } from "drizzle-orm";
import { paymentsTables } from "../schema.ts";
import type { Transfer } from "./transfer.ts";

export type TransferStore = ReturnType<typeof createTransferStore>;

type Schema = ReturnType<typeof paymentsTables>;
export type StoredReversal = Schema["transferReversals"]["$inferSelect"];

function toTransfer({ amount, currency, amountReversed, ...row }: Schema["transfers"]["$inferSelect"]): Transfer {
  return { ...row, amount: money(amount, currency), amountReversed: money(amountReversed, currency) };
}

export function createTransferStore({ dialect }: Pick<Database, "dialect">) {
  const { transfers, transferReversals: reversals } = paymentsTables(dialect);
  const first = (rows: Schema["transfers"]["$inferSelect"][]) => (rows[0] ? toTransfer(rows[0]) : null);
  return {
    find: async (handle: Handle, id: string) =>
      first(await handle.db.select().from(transfers).where(eq(transfers.id, id))),
    findByReference: async (handle: Handle, reference: string) =>
      first(await handle.db.select().from(transfers).where(eq(transfers.reference, reference))),
    findByStripeId: async (handle: Handle, id: string) =>
      first(await handle.db.select().from(transfers).where(eq(transfers.stripeTransferId, id))),

    /** Whether the reference was new. */
    async insert(tx: Tx, { amount, amountReversed, ...rest }: Transfer): Promise<boolean> {
      const inserted = await tx.db
        .insert(transfers)
        .values({ ...rest, ...amount, amountReversed: amountReversed.amount })
        .onConflictDoNothing()
        .returning({ id: transfers.id });
      return inserted.length > 0;
    },
    /** Whether it had failed and is under way again. */
    async tryAgain(tx: Tx, id: string): Promise<boolean> {
      const taken = await tx.db
        .update(transfers)
        .set({ status: "pending", failureCode: null })
        .where(and(eq(transfers.id, id), eq(transfers.status, "failed")))
        .returning({ id: transfers.id });
      return taken.length > 0;
    },
    async fail(tx: Tx, id: string, failureCode: string): Promise<void> {
      await tx.db
        .update(transfers)
        .set({ status: "failed", failureCode })
        .where(and(eq(transfers.id, id), eq(transfers.status, "pending")));
    },
    async succeed(tx: Tx, id: string, stripeTransferId: string, amountReversed: number): Promise<void> {
      await tx.db
        .update(transfers)
        .set({ status: "succeeded", failureCode: null, stripeTransferId, amountReversed })
        .where(eq(transfers.id, id));
    },

    async findReversal(handle: Handle, reference: string): Promise<StoredReversal | null> {
      const [row] = await handle.db.select().from(reversals).where(eq(reversals.reference, reference));
      return row ?? null;
    },
    async insertReversal(tx: Tx, reversal: StoredReversal): Promise<boolean> {
      const inserted = await tx.db
        .insert(reversals)
        .values(reversal)
        .onConflictDoNothing()
        .returning({ reference: reversals.reference });
      return inserted.length > 0;
    },
    /** Moves a reversal on, if it is where it is thought to be. */
    async moveReversal(
      tx: Tx,
      reference: string,
      from: StoredReversal["status"],
      to: Pick<StoredReversal, "status" | "failureCode">,
    ): Promise<boolean> {
      const moved = await tx.db
        .update(reversals)
        .set(to)
        .where(and(eq(reversals.reference, reference), eq(reversals.status, from)))
        .returning({ reference: reversals.reference });
      return moved.length > 0;
    },
  };
}
