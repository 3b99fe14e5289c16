/** The SQL of setup intents. */
import type { Database, Handle, Tx } from "@revops/database";
import { eq } from "drizzle-orm";
import { paymentsTables } from "../schema.ts";
import type { SetupIntent } from "./setup-intent.ts";

export type SetupIntentStore = ReturnType<typeof createSetupIntentStore>;

export function createSetupIntentStore({ dialect }: Pick<Database, "dialect">) {
  const { setupIntents } = paymentsTables(dialect);
  return {
    async find(handle: Handle, id: string): Promise<SetupIntent | null> {
      const [row] = await handle.db.select().from(setupIntents).where(eq(setupIntents.id, id));
      return row ?? null;
    },
    async put(tx: Tx, intent: SetupIntent): Promise<void> {
      await tx.db.insert(setupIntents).values(intent).onConflictDoUpdate({ target: setupIntents.id, set: intent });
    },
  };
}
