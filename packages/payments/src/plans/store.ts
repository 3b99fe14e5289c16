/** The SQL of the catalogue. */
import { type Money, money } from "@revops/core";
import type { Database, Handle } from "@revops/database";
import { and, eq } from "drizzle-orm";
import { paymentsTables } from "../schema.ts";
import type { BillingInterval } from "./plan.ts";

/** A tier as it is sold now. */
export interface StoredPlan {
  readonly tier: string;
  readonly interval: BillingInterval;
  readonly name: string;
  readonly level: number;
  readonly price: Money | null;
  /** Null for free and for negotiated tiers. */
  readonly stripePriceId: string | null;
}

/** A price that stands or stood for a tier. */
export interface StoredPrice {
  readonly stripePriceId: string;
  readonly tier: string;
  readonly interval: BillingInterval;
  readonly price: Money;
}

export type PlanStore = ReturnType<typeof createPlanStore>;

export function createPlanStore({ dialect }: Pick<Database, "dialect">) {
  const { plans, prices } = paymentsTables(dialect);
  type PlanRow = (typeof plans)["$inferSelect"];
  const toPlan = ({ amount, currency, ...rest }: PlanRow): StoredPlan => ({
    ...rest,
    price: amount === null || currency === null ? null : money(amount, currency),
  });
  return {
    async find(handle: Handle, tier: string, interval: BillingInterval): Promise<StoredPlan | null> {
      const isIt = and(eq(plans.tier, tier), eq(plans.interval, interval));
      const [row] = await handle.db.select().from(plans).where(isIt);
      return row ? toPlan(row) : null;
    },
    async put(handle: Handle, { price, ...plan }: StoredPlan): Promise<void> {
      const row = { ...plan, amount: price?.amount ?? null, currency: price?.currency ?? null };
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
    /** How high a tier stands, whatever its interval; null when it is not in the catalogue. */
    async levelOf(handle: Handle, tier: string): Promise<number | null> {
      const [row] = await handle.db.select({ level: plans.level }).from(plans).where(eq(plans.tier, tier)).limit(1);
      return row?.level ?? null;
    },
  };
}
