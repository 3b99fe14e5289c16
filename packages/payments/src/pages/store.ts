/** The SQL of checkout sessions. */
import type { Database, Handle, Tx } from "@revops/database";
import { and, eq } from "drizzle-orm";
import { paymentsTables } from "../schema.ts";
import type { CheckoutSession } from "./checkout-session.ts";

export type CheckoutStore = ReturnType<typeof createCheckoutStore>;

export function createCheckoutStore({ dialect }: Pick<Database, "dialect">) {
  const { checkoutSessions: sessions } = paymentsTables(dialect);
  return {
    async find(handle: Handle, id: string): Promise<CheckoutSession | null> {
      const [row] = await handle.db.select().from(sessions).where(eq(sessions.id, id));
      return row ?? null;
    },
    async listOpen(handle: Handle, subjectId: string): Promise<CheckoutSession[]> {
      const open = and(eq(sessions.subjectId, subjectId), eq(sessions.status, "open"));
      return handle.db.select().from(sessions).where(open);
    },
    async put(tx: Tx, session: CheckoutSession): Promise<void> {
      await tx.db.insert(sessions).values(session).onConflictDoUpdate({ target: sessions.id, set: session });
    },
  };
}
