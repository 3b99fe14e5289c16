/** The SQL of the catalogue. */
import { type Money, money } from "@revops/core";
import type { Database, Handle } from "@revops/database";
import { and, eq, isNotNull, notInArray, or } from "drizzle-orm";
import { paymentsTables } from "../schema.ts";
import { endedStatuses } from "../subscriptions/status.ts";
import type { BillingInterval } from "./plan.ts";

/** A tier as it is sold now. */
export interface StoredPlan {
  readonly tier: string;
  readonly interval: BillingInterval;
  readonly name: string;
  readonly level: number;
  readonly price: Money | null;
  /** Null for free and for negotiated tiers, and until Stripe was told of one that is sold. */
  readonly stripePriceId: string | null;
}

/** A price that stands or stood for a tier. */
export interface StoredPrice {
  readonly stripePriceId: string;
  readonly tier: string;
  readonly interval: BillingInterval;
  readonly price: Money;
}

/** What the use of a feature costs in a tier that is sold now. */
export interface StoredUsagePrice {
  readonly feature: string;
  readonly stripePriceId: string;
}

export type PlanStore = ReturnType<typeof createPlanStore>;

export function createPlanStore({ dialect }: Pick<Database, "dialect">) {
  const { plans, prices, usagePrices, addOnPrices, subscriptions } = paymentsTables(dialect);
  const isLiving = notInArray(subscriptions.status, [...endedStatuses]);
  type PlanRow = (typeof plans)["$inferSelect"];
  const toPlan = ({ amount, currency, ...rest }: PlanRow): StoredPlan => ({
    ...rest,
    price: amount === null || currency === null ? null : money(amount, currency),
  });
  const toRow = ({ price, ...plan }: StoredPlan) => ({
    ...plan,
    amount: price?.amount ?? null,
    currency: price?.currency ?? null,
  });
  return {
    async find(handle: Handle, tier: string, interval: BillingInterval): Promise<StoredPlan | null> {
      const isIt = and(eq(plans.tier, tier), eq(plans.interval, interval));
      const [row] = await handle.db.select().from(plans).where(isIt);
      return row ? toPlan(row) : null;
    },
    /** Makes a plan known before it is at Stripe; one that is known stays as it is. */
    async announce(handle: Handle, plan: Omit<StoredPlan, "stripePriceId">): Promise<void> {
      await handle.db
        .insert(plans)
        .values(toRow({ ...plan, stripePriceId: null }))
        .onConflictDoNothing();
    },
    async put(handle: Handle, plan: StoredPlan): Promise<void> {
      const row = toRow(plan);
      await handle.db
        .insert(plans)
        .values(row)
        .onConflictDoUpdate({ target: [plans.tier, plans.interval], set: row });
    },
    async findPrice(handle: Handle, stripePriceId: string): Promise<StoredPrice | null> {
      const [row] = await handle.db.select().from(prices).where(eq(prices.stripePriceId, stripePriceId));
      if (!row) return null;
      const { amount, currency, ...rest } = row;
      return { ...rest, price: money(amount, currency) };
    },
    async putPrice(handle: Handle, { price, ...rest }: StoredPrice): Promise<void> {
      await handle.db
        .insert(prices)
        .values({ ...rest, ...price })
        .onConflictDoNothing();
    },
    /** The metered prices of a tier, for who subscribes to it now. */
    async usagePrices(handle: Handle, tier: string, interval: BillingInterval): Promise<StoredUsagePrice[]> {
      const isIts = and(eq(usagePrices.tier, tier), eq(usagePrices.interval, interval));
      const rows = await handle.db.select().from(usagePrices).where(isIts).orderBy(usagePrices.feature);
      return rows.flatMap(({ feature, stripePriceId }) => (stripePriceId === null ? [] : [{ feature, stripePriceId }]));
    },
    /** All that were ever pushed for a tier, also those that are sold no more. */
    async pushedUsage(handle: Handle, tier: string, interval: BillingInterval): Promise<{ feature: string }[]> {
      const isIts = and(eq(usagePrices.tier, tier), eq(usagePrices.interval, interval));
      return handle.db.select({ feature: usagePrices.feature }).from(usagePrices).where(isIts);
    },
    async putUsagePrice(handle: Handle, row: (typeof usagePrices)["$inferInsert"]): Promise<void> {
      await handle.db
        .insert(usagePrices)
        .values(row)
        .onConflictDoUpdate({ target: [usagePrices.tier, usagePrices.interval, usagePrices.feature], set: row });
    },
    async putAddOnPrice(
      handle: Handle,
      { price, ...rest }: { addOn: string; interval: BillingInterval; stripePriceId: string; price: Money },
    ): Promise<void> {
      const row = { ...rest, ...price };
      await handle.db
        .insert(addOnPrices)
        .values(row)
        .onConflictDoUpdate({ target: [addOnPrices.addOn, addOnPrices.interval], set: row });
    },
    /** Whether a subscription lives on a tier's price, or may begin on it: a planned change names a price that we do not keep. */
    async isOnPrice(
      handle: Handle,
      { stripePriceId, tier }: { stripePriceId: string; tier: string },
    ): Promise<boolean> {
      const isIts = or(eq(subscriptions.stripePriceId, stripePriceId), eq(subscriptions.pendingTier, tier));
      const isPlannedBack = and(eq(subscriptions.tier, tier), isNotNull(subscriptions.stripeScheduleId));
      const [row] = await handle.db
        .select({ id: subscriptions.stripeSubscriptionId })
        .from(subscriptions)
        .where(and(isLiving, or(isIts, isPlannedBack)))
        .limit(1);
      return row !== undefined;
    },
    /** Whether a subscription lives on a tier, or will. */
    async isOnTier(handle: Handle, { tier, interval }: { tier: string; interval: BillingInterval }): Promise<boolean> {
      const isIts = and(eq(subscriptions.tier, tier), eq(subscriptions.interval, interval));
      const [row] = await handle.db
        .select({ id: subscriptions.stripeSubscriptionId })
        .from(subscriptions)
        .where(and(isLiving, or(isIts, eq(subscriptions.pendingTier, tier))))
        .limit(1);
      return row !== undefined;
    },
    /** How high a tier stands, whatever its interval; null when it is not in the catalogue. */
    async levelOf(handle: Handle, tier: string): Promise<number | null> {
      const [row] = await handle.db.select({ level: plans.level }).from(plans).where(eq(plans.tier, tier)).limit(1);
      return row?.level ?? null;
    },
  };
}
