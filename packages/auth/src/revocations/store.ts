import { type Database, type Handle, prepared, type Tx } from "@revops/database";
import { asc, gt, lt, sql } from "drizzle-orm";
import { authTables } from "../schema.ts";

type RevocationKind = "token" | "session" | "api_key" | "user" | "organization";

export interface StoredRevocation {
  readonly kind: RevocationKind;
  readonly target: string;
  readonly revision: number;
  readonly expiresAt: Date;
}

export interface RevocationStore {
  /** Writes them under the next revision. */
  insert(tx: Tx, revocations: readonly Omit<StoredRevocation, "revision">[]): Promise<void>;
  /** What was written after a revision, in order. */
  since(handle: Handle, revision: number): Promise<readonly StoredRevocation[]>;
  /** Removes those that expired before an instant; answers how many. */
  removeExpired(handle: Handle, before: Date): Promise<number>;
}

export function createRevocationStore({ dialect }: Database): RevocationStore {
  const { revocations, revisions } = authTables(dialect);
  const newer = prepared("auth_revocations_since", (db) =>
    db
      .select()
      .from(revocations)
      .where(gt(revocations.revision, sql.placeholder("revision")))
      .orderBy(asc(revocations.revision)),
  );
  return {
    async insert(tx, rows) {
      // The row stays locked until the commit, so a higher revision can only be seen once every lower one can: a
      // sequence gives no such promise, and a reader would pass by what commits late.
      const [next] = await tx.db
        .insert(revisions)
        .values({ name: "revocations", revision: 1 })
        .onConflictDoUpdate({ target: revisions.name, set: { revision: sql`${revisions.revision} + 1` } })
        .returning();
      const revision = next?.revision ?? 1;
      for (const row of rows) {
        await tx.db
          .insert(revocations)
          .values({ ...row, revision })
          .onConflictDoUpdate({
            target: [revocations.kind, revocations.target],
            set: { revision, expiresAt: row.expiresAt },
          });
      }
    },
    since: (handle, revision) => newer(handle, { revision }),
    removeExpired: async (handle, before) =>
      (await handle.db.delete(revocations).where(lt(revocations.expiresAt, before)).returning()).length,
  };
}
