/** The SQL of who is forgotten. */
import { type Database, type Handle, prepared, type Tx } from "@revops/database";
import { and, asc, eq, isNull, lt, sql } from "drizzle-orm";
import { paymentsTables } from "../schema.ts";

export type ForgottenStore = ReturnType<typeof createForgottenStore>;

export interface Forgotten {
  readonly subjectId: string;
  readonly forgottenAt: Date;
  readonly cardsUntil: Date;
}

export function createForgottenStore({ dialect }: Pick<Database, "dialect">) {
  const { forgotten, customers, paymentMethods: methods } = paymentsTables(dialect);
  const has = prepared("payments_is_forgotten", (db) =>
    db
      .select({ subjectId: forgotten.subjectId })
      .from(forgotten)
      .where(eq(forgotten.subjectId, sql.placeholder("subjectId"))),
  );
  const columns = {
    subjectId: forgotten.subjectId,
    forgottenAt: forgotten.forgottenAt,
    cardsUntil: forgotten.cardsUntil,
  };

  return {
    async has(handle: Handle, subjectId: string): Promise<boolean> {
      return (await has(handle, { subjectId })).length > 0;
    },
    /**
     * The same, for whoever is about to write something of the customer's: an erasure that is under way is waited for, and one
     * that begins waits, and takes away what was written.
     */
    async hasNow(tx: Tx, subjectId: string): Promise<boolean> {
      await tx.db.update(customers).set({ subjectId }).where(eq(customers.subjectId, subjectId));
      return (await has(tx, { subjectId })).length > 0;
    },
    /** Said again, the earlier time for the cards holds. */
    async add(tx: Tx, one: Forgotten): Promise<void> {
      const set = { cardsUntil: one.cardsUntil, settledAt: null };
      await tx.db
        .insert(forgotten)
        .values(one)
        .onConflictDoUpdate({
          target: forgotten.subjectId,
          set,
          setWhere: sql`${forgotten.cardsUntil} > excluded.cards_until`,
        });
    },
    async find(handle: Handle, subjectId: string): Promise<Forgotten | null> {
      const [row] = await handle.db.select(columns).from(forgotten).where(eq(forgotten.subjectId, subjectId));
      return row ?? null;
    },
    /** What tells of the person in our own tables. */
    async empty(tx: Tx, subjectId: string): Promise<void> {
      const nothing = { email: null, name: null, defaultPaymentMethodId: null };
      await tx.db.update(customers).set(nothing).where(eq(customers.subjectId, subjectId));
      await tx.db.delete(methods).where(eq(methods.subjectId, subjectId));
    },
    async settle(tx: Tx, subjectId: string, settledAt: Date): Promise<void> {
      await tx.db.update(forgotten).set({ settledAt }).where(eq(forgotten.subjectId, subjectId));
    },
    /** Of whom Stripe has something left, though it could be gone since a time. */
    async listOverdue(handle: Handle, since: Date, after: string, limit: number): Promise<Forgotten[]> {
      return handle.db
        .select(columns)
        .from(forgotten)
        .where(
          and(isNull(forgotten.settledAt), lt(forgotten.cardsUntil, since), sql`${forgotten.subjectId} > ${after}`),
        )
        .orderBy(asc(forgotten.subjectId))
        .limit(limit);
    },
  };
}
