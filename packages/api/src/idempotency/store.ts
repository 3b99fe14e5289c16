/** The SQL of idempotency keys. Each step is one conditional statement, so that of many repeats one wins. */
import type { Database } from "@revops/database";
import { prepared } from "@revops/database";
import { and, eq, isNotNull, isNull, lt, lte, or, sql } from "drizzle-orm";
import { apiTables } from "../schema.ts";

/** Who used which key. */
export interface KeyOwner {
  readonly principal: string;
  readonly key: string;
}

export interface NewClaim extends KeyOwner {
  readonly fingerprint: string;
  readonly leaseToken: string;
  readonly leasedUntil: number;
  readonly expiresAt: Date;
}

export interface KeptRequest {
  readonly fingerprint: string;
  readonly status: number | null;
  readonly answer: Buffer | null;
}

export function createIdempotencyStore(database: Database) {
  const { idempotency } = apiTables(database.dialect);
  const placeholder = sql.placeholder;

  const insert = prepared("api_idempotency_insert", (db) =>
    db
      .insert(idempotency)
      .values({
        principal: placeholder("principal"),
        key: placeholder("key"),
        fingerprint: placeholder("fingerprint"),
        leaseToken: placeholder("leaseToken"),
        leasedUntil: placeholder("leasedUntil"),
        expiresAt: placeholder("expiresAt"),
      })
      .onConflictDoNothing()
      .returning({ key: idempotency.key }),
  );
  const select = prepared("api_idempotency_find", (db) =>
    db
      .select({ fingerprint: idempotency.fingerprint, status: idempotency.status, answer: idempotency.answer })
      .from(idempotency)
      .where(and(eq(idempotency.principal, placeholder("principal")), eq(idempotency.key, placeholder("key")))),
  );
  const owned = ({ principal, key }: KeyOwner) => and(eq(idempotency.principal, principal), eq(idempotency.key, key));
  const held = (owner: KeyOwner, leaseToken: string) => and(owned(owner), eq(idempotency.leaseToken, leaseToken));

  return {
    /** Whether the key was free. */
    async insert(claim: NewClaim): Promise<boolean> {
      return (await insert(database, { ...claim })).length === 1;
    },
    async find(owner: KeyOwner): Promise<KeptRequest | undefined> {
      return (await select(database, { ...owner }))[0];
    },
    /** Takes a key over whose time is up, or whose request died: same request, no answer, lease run out. */
    async takeOver(claim: NewClaim, now: Date, machineNow: number): Promise<boolean> {
      const { fingerprint, leaseToken, leasedUntil, expiresAt } = claim;
      const ended = lt(idempotency.leasedUntil, machineNow);
      const died = and(isNull(idempotency.status), ended, eq(idempotency.fingerprint, fingerprint));
      const timeIsUp = and(lte(idempotency.expiresAt, now), or(isNotNull(idempotency.status), ended));
      const rows = await database.db
        .update(idempotency)
        .set({ fingerprint, leaseToken, leasedUntil, expiresAt, status: null, answer: null })
        .where(and(owned(claim), or(died, timeIsUp)))
        .returning({ key: idempotency.key });
      return rows.length === 1;
    },
    async extend(owner: KeyOwner, leaseToken: string, leasedUntil: number): Promise<void> {
      await database.db.update(idempotency).set({ leasedUntil }).where(held(owner, leaseToken));
    },
    async keep(owner: KeyOwner, leaseToken: string, status: number, answer: Buffer): Promise<void> {
      await database.db.update(idempotency).set({ status, answer, leaseToken: null }).where(held(owner, leaseToken));
    },
    async release(owner: KeyOwner, leaseToken: string): Promise<void> {
      await database.db.delete(idempotency).where(held(owner, leaseToken));
    },
    /** Removes what was kept long enough; a request that still runs stays. */
    async removeExpired(now: Date, machineNow: number): Promise<number> {
      const rows = await database.db
        .delete(idempotency)
        .where(and(lte(idempotency.expiresAt, now), lt(idempotency.leasedUntil, machineNow)))
        .returning({ key: idempotency.key });
      return rows.length;
    },
  };
}

export type IdempotencyStore = ReturnType<typeof createIdempotencyStore>;
