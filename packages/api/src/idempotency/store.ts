/** The SQL of idempotency keys. Each step is one conditional statement, so that of many repeats one wins. */
import type { Database, Handle } from "@revops/database";
import { prepared } from "@revops/database";
import { and, eq, isNotNull, isNull, lt, lte, or, type SQL, sql } from "drizzle-orm";
import { apiTables } from "../schema.ts";

/** Who used which key. */
export interface KeyOwner {
  readonly principal: string;
  readonly key: string;
}

export interface NewClaim extends KeyOwner {
  readonly fingerprint: string;
  /** Names the work; that of a try before, where it died. */
  readonly work: string;
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
        work: placeholder("work"),
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

  async function takeOver(owner: KeyOwner, values: object, where: SQL | undefined): Promise<string | null> {
    const rows = await database.db
      .update(idempotency)
      .set(values)
      .where(and(owned(owner), where))
      .returning({ work: idempotency.work });
    return rows[0]?.work ?? null;
  }

  return {
    /** Whether the key was free. */
    async insert(claim: NewClaim): Promise<boolean> {
      return (await insert(database, { ...claim })).length === 1;
    },
    async find(owner: KeyOwner): Promise<KeptRequest | undefined> {
      return (await select(database, { ...owner }))[0];
    },
    /** Takes a key over whose request died: same request, no answer, lease run out. Gives the name of its work. */
    async resume(claim: NewClaim, machineNow: number): Promise<string | null> {
      const { fingerprint, work, leaseToken, leasedUntil, expiresAt } = claim;
      const died = and(
        isNull(idempotency.status),
        lt(idempotency.leasedUntil, machineNow),
        eq(idempotency.fingerprint, fingerprint),
      );
      // One that a version before this one left has no name for its work.
      const name = sql<string>`coalesce(${idempotency.work}, ${work})`;
      return takeOver(claim, { work: name, leaseToken, leasedUntil, expiresAt }, died);
    },
    /** Takes a key over whose time is up. */
    async reuse(claim: NewClaim, now: Date, machineNow: number): Promise<string | null> {
      const { fingerprint, work, leaseToken, leasedUntil, expiresAt } = claim;
      const ended = lt(idempotency.leasedUntil, machineNow);
      const timeIsUp = and(lte(idempotency.expiresAt, now), or(isNotNull(idempotency.status), ended));
      const fresh = { fingerprint, work, leaseToken, leasedUntil, expiresAt, status: null, answer: null };
      return takeOver(claim, fresh, timeIsUp);
    },
    async extend(owner: KeyOwner, leaseToken: string, leasedUntil: number): Promise<void> {
      await database.db.update(idempotency).set({ leasedUntil }).where(held(owner, leaseToken));
    },
    /** Whether the lease was still held: who lost it must not have done the work either. */
    async keep(
      owner: KeyOwner,
      leaseToken: string,
      { status, answer }: { status: number; answer: Buffer },
      handle: Handle = database,
    ): Promise<boolean> {
      const kept = { status, answer, leaseToken: null };
      const rows = await handle.db
        .update(idempotency)
        .set(kept)
        .where(held(owner, leaseToken))
        .returning({ key: idempotency.key });
      return rows.length === 1;
    },
    /** Ends the lease and keeps the name of the work: the next try goes on with it. */
    async leave(owner: KeyOwner, leaseToken: string): Promise<void> {
      await database.db.update(idempotency).set({ leasedUntil: 0 }).where(held(owner, leaseToken));
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
