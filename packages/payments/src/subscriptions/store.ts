/** The SQL of subscriptions. */
import { money } from "@revops/core";
import type { Database, Handle, Tx } from "@revops/database";
import { prepared } from "@revops/database";
import { and, desc, eq, gt, isNull, lt, ne, notInArray, or, sql } from "drizzle-orm";
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
  const isGranted = notInArray(subscriptions.status, ["incomplete", ...endedStatuses]);
  const living = prepared("payments_find_living_subscription", (db) =>
    db
      .select()
      .from(subscriptions)
      .where(
        and(
          eq(subscriptions.subjectId, sql.placeholder("subjectId")),
          notInArray(subscriptions.status, [...endedStatuses]),
          isNull(subscriptions.duplicateOf),
        ),
      )
      .orderBy(desc(subscriptions.createdAt))
      .limit(1),
  );
  return {
    /** The newest that has not ended. */
    async findLiving(handle: Handle, subjectId: string): Promise<StoredSubscription | null> {
      const [row] = await living(handle, { subjectId });
      return row ? toStored(row) : null;
    },
    /** The one that was canceled last. */
    async findCanceled(handle: Handle, subjectId: string): Promise<StoredSubscription | null> {
      const [row] = await handle.db
        .select()
        .from(subscriptions)
        .where(
          and(
            eq(subscriptions.subjectId, subjectId),
            eq(subscriptions.status, "canceled"),
            isNull(subscriptions.duplicateOf),
          ),
        )
        .orderBy(desc(subscriptions.endedAt))
        .limit(1);
      return row ? toStored(row) : null;
    },
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
      const ran = or(isNull(subscriptions.endedAt), gt(subscriptions.endedAt, start));
      const [row] = await handle.db
        .select()
        .from(subscriptions)
        .where(
          and(
            eq(subscriptions.subjectId, subjectId),
            notInArray(subscriptions.status, ["incomplete", "incomplete_expired"]),
            lt(subscriptions.createdAt, end),
            isNull(subscriptions.duplicateOf),
            ran,
          ),
        )
        .orderBy(desc(subscriptions.createdAt))
        .limit(1);
      return row ? toStored(row) : null;
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
          and(
            eq(subscriptions.subjectId, subjectId),
            isGranted,
            isNull(subscriptions.duplicateOf),
            ne(subscriptions.stripeSubscriptionId, than),
          ),
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
