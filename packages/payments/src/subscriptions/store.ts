/** The SQL of subscriptions. */
import { money } from "@revops/core";
import type { Database, Handle, Tx } from "@revops/database";
import { prepared } from "@revops/database";
import { and, desc, eq, gt, isNull, lt, notInArray, or, sql } from "drizzle-orm";
import { paymentsTables } from "../schema.ts";
import { endedStatuses } from "./status.ts";
import type { Subscription } from "./subscription.ts";

/** With the ids that a change names. */
export interface StoredSubscription extends Subscription {
  readonly stripePriceId: string;
  readonly stripeItemId: string;
  readonly stripeScheduleId: string | null;
}

export type SubscriptionStore = ReturnType<typeof createSubscriptionStore>;

type Row = ReturnType<typeof paymentsTables>["subscriptions"]["$inferSelect"];

function toStored({ amount, currency, ...row }: Row): StoredSubscription {
  return { ...row, collectionPaused: row.collectionPaused ?? false, price: money(amount, currency) };
}

/** Without what only changes need. */
export function toPublic(stored: StoredSubscription): Subscription {
  const { stripePriceId: _price, stripeItemId: _item, stripeScheduleId: _schedule, ...subscription } = stored;
  return subscription;
}

export function createSubscriptionStore({ dialect }: Pick<Database, "dialect">) {
  const { subscriptions } = paymentsTables(dialect);
  const living = prepared("payments_find_living_subscription", (db) =>
    db
      .select()
      .from(subscriptions)
      .where(
        and(
          eq(subscriptions.subjectId, sql.placeholder("subjectId")),
          notInArray(subscriptions.status, [...endedStatuses]),
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
            ran,
          ),
        )
        .orderBy(desc(subscriptions.createdAt))
        .limit(1);
      return row ? toStored(row) : null;
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
