/**
 * The order of questions. Two workers may ask Stripe for one object at once and get their answers in any order; an answer
 * is applied only if no later question was asked, so a mirror never moves backwards. The row is held until the
 * applying transaction ends, so whoever asks meanwhile asks after it.
 */
import { type Handle, prepared, type Tx } from "@revops/database";
import { and, eq, gte, lt, sql } from "drizzle-orm";
import { paymentsTables } from "../schema.ts";

export type Verdict = "applies" | "superseded" | "outdated";

export function createFetches({ dialect }: Pick<Handle, "dialect">) {
  const { fetches } = paymentsTables(dialect);
  const issue = prepared("payments_issue_fetch", (db) =>
    db
      .insert(fetches)
      .values({ objectId: sql.placeholder("objectId"), issued: 1, applied: 0 })
      .onConflictDoUpdate({ target: fetches.objectId, set: { issued: sql`${fetches.issued} + 1` } })
      .returning({ issued: fetches.issued }),
  );

  return {
    /** Takes a ticket, before asking. */
    async ask(handle: Handle, objectId: string): Promise<number> {
      const [row] = await issue(handle, { objectId });
      if (!row) throw new Error("An upsert returns its row.");
      return row.issued;
    },

    /**
     * `applies`: ours was the last question. `superseded`: a later one is under way. `outdated`: a later one has been
     * answered and applied, which covers ours.
     */
    async claim(tx: Tx, objectId: string, ticket: number): Promise<Verdict> {
      const claimed = await tx.db
        .update(fetches)
        .set({ applied: ticket })
        .where(and(eq(fetches.objectId, objectId), eq(fetches.issued, ticket), lt(fetches.applied, ticket)))
        .returning({ objectId: fetches.objectId });
      if (claimed.length > 0) return "applies";
      const [later] = await tx.db
        .select({ objectId: fetches.objectId })
        .from(fetches)
        .where(and(eq(fetches.objectId, objectId), gte(fetches.applied, ticket)));
      return later ? "outdated" : "superseded";
    },
  };
}
