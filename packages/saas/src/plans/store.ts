/** The SQL of plan versions. */
import type { Database, Handle, Tx } from "@revops/database";
import { desc, eq } from "drizzle-orm";
import { saasTables } from "../schema.ts";
import type { PlanContent } from "./plans.ts";

export function createPlanVersionStore({ dialect }: Pick<Database, "dialect">) {
  const { planVersions } = saasTables(dialect);
  return {
    async find(handle: Handle, version: string): Promise<PlanContent | undefined> {
      const [row] = await handle.db.select().from(planVersions).where(eq(planVersions.version, version));
      return row?.content;
    },

    /** Whether it was not there before. */
    async insert(tx: Tx, version: string, content: PlanContent, createdAt: Date): Promise<boolean> {
      const inserted = await tx.db
        .insert(planVersions)
        .values({ version, content, createdAt })
        .onConflictDoNothing()
        .returning({ version: planVersions.version });
      return inserted.length > 0;
    },

    /** Newest first. */
    async list(handle: Handle): Promise<{ version: string; createdAt: Date }[]> {
      return handle.db
        .select({ version: planVersions.version, createdAt: planVersions.createdAt })
        .from(planVersions)
        .orderBy(desc(planVersions.createdAt), desc(planVersions.version));
    },
  };
}
