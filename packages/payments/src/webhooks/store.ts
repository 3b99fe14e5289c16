/** The SQL of the inbox. */
import type { Database, Handle, Tx } from "@revops/database";
import { and, count, eq } from "drizzle-orm";
import { paymentsTables } from "../schema.ts";
import type { WebhookCounts } from "./webhook.ts";

export interface StoredEvent {
  readonly id: string;
  readonly type: string;
  readonly objectId: string | null;
  readonly body: string;
  readonly state: keyof WebhookCounts;
  readonly createdAt: Date;
  readonly receivedAt: Date;
}

export function createInbox({ dialect }: Pick<Database, "dialect">) {
  const { events } = paymentsTables(dialect);
  return {
    /** Whether it was not there yet. */
    async insert(tx: Tx, event: StoredEvent): Promise<boolean> {
      const inserted = await tx.db.insert(events).values(event).onConflictDoNothing().returning({ id: events.id });
      return inserted.length > 0;
    },
    async find(handle: Handle, id: string): Promise<StoredEvent | null> {
      const [row] = await handle.db.select().from(events).where(eq(events.id, id));
      return row ?? null;
    },
    async markProcessed(tx: Tx, id: string, processedAt: Date): Promise<void> {
      await tx.db
        .update(events)
        .set({ state: "processed", processedAt })
        .where(and(eq(events.id, id), eq(events.state, "received")));
    },
    async counts(handle: Handle): Promise<WebhookCounts> {
      const rows = await handle.db.select({ state: events.state, of: count() }).from(events).groupBy(events.state);
      const counts = { received: 0, processed: 0, ignored: 0 };
      for (const { state, of } of rows) counts[state] = Number(of);
      return counts;
    },
  };
}
