import { type Database, type Handle, prepared, type Tx } from "@revops/database";
import { and, eq, gt, inArray, lt, lte, sql } from "drizzle-orm";
import { authTables } from "../schema.ts";

interface Attempts {
  readonly bucket: string;
  readonly failures: number;
  readonly blockedUntil: Date;
}

export interface AttemptStore {
  /** Those of the two buckets that have failures not yet forgotten. */
  find(handle: Handle, buckets: { account: string; network: string; at: Date }): Promise<readonly Attempts[]>;
  /**
   * Counts one more and answers how many there are now; null when the bucket is blocked. Locks the row, so that of many
   * at once each sees its own number.
   */
  count(tx: Tx, bucket: string, at: Date, expiresAt: Date): Promise<number | null>;
  /** Counts one more unless there are as many as may be before `expiresAt`, which the first one sets; whether it did. */
  take(tx: Tx, bucket: string, limit: number, at: Date, expiresAt: Date): Promise<boolean>;
  block(tx: Tx, bucket: string, until: Date, expiresAt: Date): Promise<void>;
  /** Forgets the failures of a bucket, unless it is blocked at that time; with null even then. */
  forget(handle: Handle, bucket: string, at: Date | null): Promise<void>;
  removeExpired(handle: Handle, at: Date): Promise<void>;
}

export function createAttemptStore({ dialect }: Database): AttemptStore {
  const { attempts } = authTables(dialect);
  const find = prepared("auth_attempts_find", (db) =>
    db
      .select({ bucket: attempts.bucket, failures: attempts.failures, blockedUntil: attempts.blockedUntil })
      .from(attempts)
      .where(
        and(
          inArray(attempts.bucket, [sql.placeholder("account"), sql.placeholder("network")]),
          gt(attempts.expiresAt, sql.placeholder("at")),
        ),
      ),
  );
  return {
    find: (handle, { account, network, at }) => find(handle, { account, network, at }),
    async count(tx, bucket, at, expiresAt) {
      const [row] = await tx.db
        .insert(attempts)
        .values({ bucket, failures: 1, blockedUntil: at, expiresAt })
        .onConflictDoUpdate({
          target: attempts.bucket,
          set: {
            failures: sql`case when ${lte(attempts.expiresAt, at)} then 1 else ${attempts.failures} + 1 end`,
            expiresAt,
          },
          setWhere: lte(attempts.blockedUntil, at),
        })
        .returning({ failures: attempts.failures });
      return row?.failures ?? null;
    },
    take: async (tx, bucket, limit, at, expiresAt) =>
      (
        await tx.db
          .insert(attempts)
          .values({ bucket, failures: 1, blockedUntil: at, expiresAt })
          .onConflictDoUpdate({
            target: attempts.bucket,
            set: {
              failures: sql`case when ${lte(attempts.expiresAt, at)} then 1 else ${attempts.failures} + 1 end`,
              expiresAt: sql`case when ${lte(attempts.expiresAt, at)} then ${sql.param(expiresAt, attempts.expiresAt)} else ${attempts.expiresAt} end`,
            },
            setWhere: sql`${lte(attempts.expiresAt, at)} or ${lt(attempts.failures, limit)}`,
          })
          .returning({ failures: attempts.failures })
      ).length > 0,
    block: async (tx, bucket, blockedUntil, expiresAt) =>
      void (await tx.db.update(attempts).set({ blockedUntil, expiresAt }).where(eq(attempts.bucket, bucket))),
    forget: async (handle, bucket, at) =>
      void (await handle.db
        .delete(attempts)
        .where(and(eq(attempts.bucket, bucket), at ? lte(attempts.blockedUntil, at) : undefined))),
    removeExpired: async (handle, at) => void (await handle.db.delete(attempts).where(lte(attempts.expiresAt, at))),
  };
}
