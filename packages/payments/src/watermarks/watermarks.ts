/** Up to when each of Stripe's lists was read: the next reading begins there. */
import type { Database, Handle } from "@revops/database";
import { eq, lt } from "drizzle-orm";
import { paymentsTables } from "../schema.ts";

export interface Watermarks {
  get(name: string): Promise<Date | null>;
  /** Only ever forward: of two that read at once, the later stays. */
  raise(name: string, at: Date, handle?: Handle): Promise<void>;
}

export function createWatermarks(database: Database): Watermarks {
  const { watermarks } = paymentsTables(database.dialect);
  return {
    async get(name) {
      const [row] = await database.db.select().from(watermarks).where(eq(watermarks.name, name));
      return row?.at ?? null;
    },
    async raise(name, at, handle = database) {
      await handle.db
        .insert(watermarks)
        .values({ name, at })
        .onConflictDoUpdate({ target: watermarks.name, set: { at }, setWhere: lt(watermarks.at, at) });
    },
  };
}
