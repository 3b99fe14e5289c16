/** The SQL of dunning cases. */
import type { Database, Handle, Tx } from "@revops/database";
import { and, asc, desc, eq, notInArray } from "drizzle-orm";
import { paymentsTables } from "../schema.ts";
import type { DunningCase } from "./dunning-case.ts";

export type DunningStore = ReturnType<typeof createDunningStore>;

export function createDunningStore({ dialect }: Pick<Database, "dialect">) {
  const { dunningCases: cases } = paymentsTables(dialect);
  const open = notInArray(cases.status, ["recovered", "ended"]);
  return {
    async find(handle: Handle, stripeInvoiceId: string): Promise<DunningCase | null> {
      const [row] = await handle.db.select().from(cases).where(eq(cases.stripeInvoiceId, stripeInvoiceId));
      return row ?? null;
    },
    /** Oldest first: what is owed longest is paid first. */
    async listOpen(handle: Handle, subjectId: string): Promise<DunningCase[]> {
      return handle.db
        .select()
        .from(cases)
        .where(and(eq(cases.subjectId, subjectId), open))
        .orderBy(asc(cases.startedAt));
    },
    async list(handle: Handle, subjectId: string): Promise<DunningCase[]> {
      return handle.db.select().from(cases).where(eq(cases.subjectId, subjectId)).orderBy(desc(cases.startedAt));
    },
    async put(tx: Tx, one: DunningCase): Promise<void> {
      await tx.db.insert(cases).values(one).onConflictDoUpdate({ target: cases.stripeInvoiceId, set: one });
    },
  };
}
