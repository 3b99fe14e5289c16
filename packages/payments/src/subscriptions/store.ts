/** The SQL of subscriptions. */
import { money } from "@revops/core";
import type { Database, Handle, Tx } from "@revops/database";
import { prepared } from "@revops/database";
import { and, desc, eq, gt, isNull, lt, ne, notInArray, or, type SQL, sql } from "drizzle-orm";
import { paymentsTables } from "../schema.ts";
import { endedStatuses } from "./status.ts";
import type { Subscription } from "./subscription.ts";

/** With the ids that a change names. */
export interface StoredSubscription extends Subscription {
  readonly stripePriceId: string;
  readonly stripeItemId: string;
  readonly stripeScheduleId: string | null;
  /** The one that it is a second beside; null for what was meant to be begun. */
  readonly duplicateOf: string | null;
}

export type SubscriptionStore = ReturnType<typeof createSubscriptionStore>;

type Row = ReturnType<typeof paymentsTables>["subscriptions"]["$inferSelect"];

function toStored({ amount, currency, ...row }: Row): StoredSubscription {
  return { ...row, collectionPaused: row.collectionPaused ?? false, price: money(amount, currency) };
}

/** Without what only changes need. */
export function toPublic(stored: StoredSubscription): Subscription {
  const {
    stripePriceId: _price,
    stripeItemId: _item,
    stripeScheduleId: _schedule,
    duplicateOf: _first,
    ...subscription
  } = stored;
  return subscription;
}

export function createSubscriptionStore({ dialect }: Pick<Database, "dialect">) {
  const { subscriptions, customers } = paymentsTables(dialect);
  const isMeant = isNull(subscriptions.duplicateOf);
  const isGranted = notInArray(subscriptions.status, ["incomplete", ...endedStatuses]);
  const living = prepared("payments_find_living_subscription", (db) =>
    db
      .select()
      .from(subscriptions)
      .where(
        and(
          eq(subscriptions.subjectId, sql.placeholder("subjectId")),
          notInArray(subscriptions.status, [...endedStatuses]),
          isMeant,
        ),
      )
      .orderBy(desc(subscriptions.createdAt))
      .limit(1),
  );
  /** Of those that were meant to be begun and that conditions hold of, the last by a time. */
  async function findLast(
    handle: Handle,
    subjectId: string,
    time: typeof subscriptions.createdAt | typeof subscriptions.endedAt,
    ...conditions: (SQL | undefined)[]
  ): Promise<StoredSubscription | null> {
    const [row] = await handle.db
      .select()
      .from(subscriptions)
      .where(and(eq(subscriptions.subjectId, subjectId), isMeant, ...conditions))
      .orderBy(desc(time))
      .limit(1);
    return row ? toStored(row) : null;
  }

  return {
    /** The newest that has not ended. */
    async findLiving(handle: Handle, subjectId: string): Promise<StoredSubscription | null> {
      const [row] = await living(handle, { subjectId });
      return row ? toStored(row) : null;
    },
    /** The one that was canceled last. */
    findCanceled: (handle: Handle, subjectId: string) =>
      findLast(handle, subjectId, subscriptions.endedAt, eq(subscriptions.status, "canceled")),
    async find(handle: Handle, id: string): Promise<StoredSubscription | null> {
      const [row] = await handle.db.select().from(subscriptions).where(eq(subscriptions.stripeSubscriptionId, id));
      return row ? toStored(row) : null;
    },
    /** The newest that ran in a time: one that ended with its first instant did not. */
    async findDuring(
      handle: Handle,
      subjectId: string,
      { start, end }: { readonly start: Date; readonly end: Date },
    ): Promise<StoredSubscription | null> {
      const began = notInArray(subscriptions.status, ["incomplete", "incomplete_expired"]);
      const ran = or(isNull(subscriptions.endedAt), gt(subscriptions.endedAt, start));
      return findLast(handle, subjectId, subscriptions.createdAt, began, lt(subscriptions.createdAt, end), ran);
    },
    /** Lets one at a time decide on a subject's subscriptions, until the transaction ends. */
    async lock(tx: Tx, subjectId: string): Promise<void> {
      await tx.db.update(customers).set({ subjectId }).where(eq(customers.subjectId, subjectId));
    },
    /** A subscription of the subject that grants something, beside a given one. */
    async findOther(tx: Tx, subjectId: string, than: string): Promise<string | null> {
      const [row] = await tx.db
        .select({ id: subscriptions.stripeSubscriptionId })
        .from(subscriptions)
        .where(
          and(eq(subscriptions.subjectId, subjectId), isGranted, isMeant, ne(subscriptions.stripeSubscriptionId, than)),
        )
        .orderBy(desc(subscriptions.createdAt))
        .limit(1);
      return row?.id ?? null;
    },
    async put(tx: Tx, { price, ...rest }: StoredSubscription): Promise<void> {
      const row = { ...rest, ...price };
      await tx.db
        .insert(subscriptions)
        .values(row)
        .onConflictDoUpdate({ target: subscriptions.stripeSubscriptionId, set: row });
    },
  };
}
