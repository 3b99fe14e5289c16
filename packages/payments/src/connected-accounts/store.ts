/** The SQL of connected accounts. */
import type { Database, Handle, Tx } from "@revops/database";
import { eq } from "drizzle-orm";
import { paymentsTables } from "../schema.ts";
import type { ConnectedAccount } from "./connected-account.ts";

export type ConnectedAccountStore = ReturnType<typeof createConnectedAccountStore>;

export function createConnectedAccountStore({ dialect }: Pick<Database, "dialect">) {
  const { connectedAccounts: accounts } = paymentsTables(dialect);
  return {
    async find(handle: Handle, publisherId: string): Promise<ConnectedAccount | null> {
      const [row] = await handle.db.select().from(accounts).where(eq(accounts.publisherId, publisherId));
      return row ?? null;
    },
    async findByStripeId(handle: Handle, id: string): Promise<ConnectedAccount | null> {
      const [row] = await handle.db.select().from(accounts).where(eq(accounts.stripeAccountId, id));
      return row ?? null;
    },
    /** A publisher keeps the account it had first. */
    async put(tx: Tx, account: ConnectedAccount): Promise<void> {
      const { publisherId: _publisher, stripeAccountId, createdAt: _created, ...changing } = account;
      const updated = await tx.db
        .update(accounts)
        .set(changing)
        .where(eq(accounts.stripeAccountId, stripeAccountId))
        .returning({ publisherId: accounts.publisherId });
      if (updated.length === 0) await tx.db.insert(accounts).values(account).onConflictDoNothing();
    },
  };
}
