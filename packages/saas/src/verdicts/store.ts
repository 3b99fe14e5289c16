/** The SQL of kept verdicts. */
import type { Database, Handle, Tx } from "@revops/database";
import { and, eq } from "drizzle-orm";
import { saasTables } from "../schema.ts";

export type VerdictStore = ReturnType<typeof createVerdictStore>;

/** A verdict with what it was made from, both as plain JSON. */
export interface KeptVerdict {
  readonly id: string;
  readonly subjectId: string;
  readonly feature: string;
  readonly at: Date;
  readonly inputs: unknown;
  readonly verdict: unknown;
}

export function createVerdictStore({ dialect }: Pick<Database, "dialect">) {
  const { verdicts } = saasTables(dialect);
  return {
    async insert(tx: Tx, kept: KeptVerdict): Promise<void> {
      await tx.db.insert(verdicts).values(kept);
    },

    async find(handle: Handle, subjectId: string, id: string): Promise<KeptVerdict | undefined> {
      const [row] = await handle.db
        .select()
        .from(verdicts)
        .where(and(eq(verdicts.id, id), eq(verdicts.subjectId, subjectId)));
      return row;
    },
  };
}
