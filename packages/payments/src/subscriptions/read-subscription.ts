/** From Stripe's subscription to ours, and the facts that follow from it. */
import { type Clock, canonicalJson, type FactEmitter, type Logger, money } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import type Stripe from "stripe";
import type { CustomerStore } from "../customers/store.ts";
import type { PaymentsFacts } from "../facts.ts";
import { fromUnix, idOf } from "../gateway/objects.ts";
import { readOrNull } from "../gateway/refusal.ts";
import type { ReadMirror } from "../mirrors/mirrors.ts";
import { tierMark } from "../plans/names.ts";
import type { PlanStore } from "../plans/store.ts";
import { findFirst, pageMark } from "./duplicates.ts";
import { planItemOf } from "./items.ts";
import { nextPriceOf } from "./next-phase.ts";
import { grantsAccess, hasEnded, wasGranted } from "./status.ts";
import { type StoredSubscription, type SubscriptionStore, toPublic } from "./store.ts";

const intervals = ["month", "year"] as const;

export function createReadSubscription(options: {
  readonly database: Database;
  readonly stripe: Stripe;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly store: SubscriptionStore;
  readonly plans: PlanStore;
  readonly customers: CustomerStore;
  /** Makes a customer of ours known that a webhook told of before our own call was answered. */
  readonly adopt: (stripeCustomerId: string) => Promise<void>;
  readonly facts: FactEmitter<PaymentsFacts, Tx> | undefined;
  /** Ends one that was begun beside another. */
  readonly endDuplicate: (tx: Tx, stripeSubscriptionId: string) => Promise<void>;
  /** Hears of a subscription that has begun, so that no page sells another. */
  readonly onBegun: (tx: Tx, subjectId: string) => Promise<void>;
}): ReadMirror {
  const { database, stripe, clock, logger, store, plans, customers, adopt, facts, endDuplicate, onBegun } = options;

  /**
   * The tier that a schedule puts in place when the present period ends: the same one if only the interval changes; none if what is
   * had goes on at another price.
   */
  async function pendingTierOf(
    { schedule }: Stripe.Subscription,
    present: { readonly tier: string; readonly interval: string },
  ): Promise<string | null> {
    if (typeof schedule !== "object" || schedule === null) return null;
    const next = nextPriceOf(schedule);
    const price = next === null ? null : await plans.findPrice(database, next);
    return price === null || (price.tier === present.tier && price.interval === present.interval) ? null : price.tier;
  }

  async function toStored(
    subscription: Stripe.Subscription,
  ): Promise<Omit<StoredSubscription, "subjectId" | "duplicateOf"> | null> {
    const item = planItemOf(subscription);
    const tier = item?.price.metadata[tierMark];
    const interval = intervals.find((known) => known === item?.price.recurring?.interval);
    if (!item || tier === undefined || interval === undefined) return null;
    return {
      stripeSubscriptionId: subscription.id,
      tier,
      // The SDK leaves room for states to come; the column and its readers take any text.
      status: subscription.status as StoredSubscription["status"],
      price: money((item.price.unit_amount ?? 0) * (item.quantity ?? 1), item.price.currency),
      interval,
      stripePriceId: item.price.id,
      stripeItemId: item.id,
      stripeScheduleId: idOf(subscription.schedule),
      pendingTier: await pendingTierOf(subscription, { tier, interval }),
      billingCycleAnchor: fromUnix(subscription.billing_cycle_anchor),
      currentPeriodStart: fromUnix(item.current_period_start),
      currentPeriodEnd: fromUnix(item.current_period_end),
      // A schedule that ends a subscription, and flexible billing, say when instead: https://docs.stripe.com/billing/subscriptions/cancel
      cancelAtPeriodEnd: subscription.cancel_at_period_end || subscription.cancel_at === item.current_period_end,
      collectionPaused: subscription.pause_collection !== null,
      canceledAt: subscription.canceled_at === null ? null : fromUnix(subscription.canceled_at),
      endedAt: subscription.ended_at === null ? null : fromUnix(subscription.ended_at),
      createdAt: fromUnix(subscription.created),
    };
  }

  async function tell(tx: Tx, before: StoredSubscription | null, after: StoredSubscription): Promise<void> {
    if (hasEnded(after)) {
      if (!before || hasEnded(before) || !wasGranted(before)) return;
      // A canceled one may have been followed by another already.
      if (await store.findLiving(tx, after.subjectId)) return;
      const { subjectId, tier, endedAt } = after;
      await facts?.emit(tx, "subscription.ended", { subjectId, tier, at: endedAt ?? clock.now() });
      return;
    }
    if (!wasGranted(after) || (before && shown(before) === shown(after))) return;
    const previousTier = before && wasGranted(before) ? before.tier : null;
    await facts?.emit(tx, "subscription.changed", { subscription: toPublic(after), previousTier });
  }

  return async (id) => {
    const subscription = await readOrNull(stripe.subscriptions.retrieve(id, { expand: ["schedule"] }));
    if (subscription === null) return async () => undefined;
    const customerId = idOf(subscription.customer) ?? "";
    await adopt(customerId);
    const read = await toStored(subscription);
    if (read === null) {
      logger.info({ subscription: id }, "a subscription to none of our plans is left alone");
      return async () => undefined;
    }
    return async (tx) => {
      const subjectId = (await customers.findByStripeId(tx, customerId))?.subjectId;
      if (subjectId === undefined) return;
      const before = await store.find(tx, id);
      const begins = wasGranted(read) && !hasEnded(read) && !(before && wasGranted(before));
      const isFromPage = subscription.metadata[pageMark] !== undefined;
      const second = begins && isFromPage ? await findFirst(tx, store, { ...read, subjectId }) : null;
      const after = { ...read, subjectId, duplicateOf: before?.duplicateOf ?? second };
      await store.put(tx, after);
      if (second !== null) {
        await endDuplicate(tx, id);
        await facts?.emit(tx, "subscription.duplicated", { subscription: toPublic(after), keptSubscriptionId: second });
      }
      if (after.duplicateOf !== null) return;
      await tell(tx, before, after);
      if (begins) await onBegun(tx, subjectId);
    };
  };
}

/** What makes a difference to whoever hears of it. */
function shown(subscription: StoredSubscription): string {
  const { canceledAt: _, ...rest } = toPublic(subscription);
  return canonicalJson({ ...rest, access: grantsAccess(rest) });
}
