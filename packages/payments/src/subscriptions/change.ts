/** Changing what is subscribed to: charged and granted now, or refused and nothing changed. */
import { isRevopsError } from "@revops/core";
import type { Database } from "@revops/database";
import type Stripe from "stripe";
import type { Customers } from "../customers/customers.ts";
import { subjectMark } from "../customers/read-customer.ts";
import type { CustomerStore } from "../customers/store.ts";
import { paymentsErrors } from "../errors.ts";
import { toUnix } from "../gateway/objects.ts";
import { ask } from "../gateway/refusal.ts";
import { planAtStripe } from "../plans/at-stripe.ts";
import type { BillingInterval } from "../plans/plan.ts";
import type { PlanStore, StoredPlan } from "../plans/store.ts";
import { changeKind, type TierAt } from "./change-kind.ts";
import { changeOfItems, itemsOf, type PlanItems, type ReadMeteredItems } from "./items.ts";
import { nextPriceOf } from "./next-phase.ts";
import { changesAtPeriodEnd } from "./status.ts";
import type { Steps } from "./steps.ts";
import type { StoredSubscription, SubscriptionStore } from "./store.ts";
import type { ChangeInput, ChangePreview } from "./subscription.ts";

export type SoldPlan = StoredPlan & PlanItems;

/** What a downgrade leads to. */
type Target = Pick<SoldPlan, "stripePriceId" | "interval" | "usage">;

export interface Changes {
  /** The plan that is asked for. @throws `unknown_plan`, `contact_sales` */
  planFor(input: Pick<ChangeInput, "tier" | "interval">, living: StoredSubscription | null): Promise<SoldPlan>;
  kindOf(living: StoredSubscription | null, plan: SoldPlan): Promise<ChangePreview["kind"]>;
  start(subjectId: string, plan: SoldPlan): Promise<void>;
  upgrade(living: StoredSubscription, plan: SoldPlan): Promise<void>;
  downgrade(living: StoredSubscription, target: Target): Promise<void>;
  /** From the next period on, what it is on at the prices of today. */
  reprice(living: StoredSubscription): Promise<void>;
  /** Takes a pending downgrade or cancellation back. */
  keep(living: StoredSubscription): Promise<void>;
  cancel(living: StoredSubscription, immediately: boolean): Promise<void>;
  /** Stops collecting its invoices. */
  pause(living: StoredSubscription, resumesAt: Date | undefined): Promise<void>;
  /** Collects again, and wakes one that Stripe paused when its trial ended. */
  resume(living: StoredSubscription): Promise<void>;
}

export function createChanges(options: {
  readonly database: Database;
  readonly stripe: Stripe;
  readonly store: SubscriptionStore;
  readonly plans: PlanStore;
  readonly customers: Customers;
  readonly customerStore: CustomerStore;
  readonly steps: Steps;
  readonly readMetered: ReadMeteredItems;
}): Changes {
  const { database, stripe, store, plans, customers, customerStore, steps, readMetered } = options;

  /** As the last step left it. */
  async function reread(living: StoredSubscription): Promise<StoredSubscription> {
    return (await store.find(database, living.stripeSubscriptionId)) ?? living;
  }

  async function release(living: StoredSubscription): Promise<StoredSubscription> {
    const { subjectId, stripeScheduleId: id, stripeSubscriptionId: subscription } = living;
    if (id === null) return living;
    await steps.step({ subjectId, living }, "schedule.release", { id, subscription });
    return reread(living);
  }

  async function update(living: StoredSubscription, params: Stripe.SubscriptionUpdateParams): Promise<void> {
    const { subjectId, stripeSubscriptionId: id } = living;
    await steps.step({ subjectId, living }, "subscription.update", { id, ...params });
  }

  async function soldPlan(tier: string, interval: BillingInterval): Promise<SoldPlan> {
    const plan = planAtStripe(tier, await plans.find(database, tier, interval));
    return { ...plan, usage: await plans.usagePrices(database, tier, interval) };
  }

  /** What takes over at the period's end, at the price that it was planned at; null when nothing does. */
  async function plannedFor({ stripeScheduleId: id }: StoredSubscription): Promise<Target | null> {
    const next = id === null ? null : nextPriceOf(await ask(stripe.subscriptionSchedules.retrieve(id)));
    const price = next === null ? null : await plans.findPrice(database, next);
    return price && { ...price, usage: await plans.usagePrices(database, price.tier, price.interval) };
  }

  async function downgrade(living: StoredSubscription, target: Target): Promise<void> {
    if ((await plannedFor(living))?.stripePriceId === target.stripePriceId) return;
    let present = living;
    if (present.stripeScheduleId === null) {
      const { subjectId, stripeSubscriptionId } = present;
      if (present.cancelAtPeriodEnd) {
        await update(present, { cancel_at_period_end: false });
        present = await reread(present);
      }
      const params = { from_subscription: stripeSubscriptionId };
      await steps.step({ subjectId, living: present }, "schedule.create", params);
      present = await reread(present);
    }
    const { subjectId, stripeSubscriptionId: subscription, stripeScheduleId: id } = present;
    if (id === null) throw paymentsErrors.change_in_progress();
    const schedule = await ask(stripe.subscriptionSchedules.retrieve(id));
    const began = schedule.current_phase?.start_date ?? toUnix(present.currentPeriodStart);
    await steps.step({ subjectId, living: present }, "schedule.update", {
      id,
      subscription,
      end_behavior: "release",
      proration_behavior: "none",
      phases: [
        {
          items: itemsOf({ stripePriceId: present.stripePriceId, usage: await readMetered(present) }),
          start_date: began,
          end_date: toUnix(present.currentPeriodEnd),
        },
        {
          items: itemsOf(target),
          duration: { interval: target.interval, interval_count: 1 },
          proration_behavior: "none",
        },
      ],
    });
  }

  return {
    planFor: ({ tier, interval }, living) => soldPlan(tier, interval ?? living?.interval ?? "month"),

    async kindOf(living, plan) {
      const level = living && ((await plans.levelOf(database, living.tier)) ?? 0);
      const present: TierAt | null = living && { tier: living.tier, interval: living.interval, level: level ?? 0 };
      return changeKind(present, plan);
    },

    async start(subjectId, plan) {
      const { stripeCustomerId: customer } = await customers.ensure({ subjectId });
      if (!(await customerStore.find(database, subjectId))?.defaultPaymentMethodId) {
        throw paymentsErrors.payment_required({ detail: "Attach a payment method first." });
      }
      await steps.step({ subjectId, living: null }, "subscription.create", {
        customer,
        items: itemsOf(plan),
        // Paid at once, or refused and not made: https://docs.stripe.com/api/subscriptions/create#create_subscription-payment_behavior
        payment_behavior: "error_if_incomplete",
        metadata: { [subjectMark]: subjectId },
      });
    },

    async upgrade(living, plan) {
      // Stripe refuses changes past a schedule; it is put back when the money does not come.
      const planned = await plannedFor(living);
      const free = await release(living);
      const metered = await readMetered(free);
      try {
        await update(free, {
          items: changeOfItems(metered, free.stripeItemId, plan),
          proration_behavior: "always_invoice",
          payment_behavior: "error_if_incomplete",
          ...(free.cancelAtPeriodEnd ? { cancel_at_period_end: false } : {}),
        });
      } catch (error) {
        const refused = isRevopsError(error) && error.code !== "stripe_unavailable";
        if (refused && planned) await downgrade(await reread(free), planned);
        throw error;
      }
    },

    downgrade,

    async reprice(living) {
      const plan = await soldPlan(living.tier, living.interval);
      const metered = await readMetered(living);
      const isAtIt =
        plan.stripePriceId === living.stripePriceId && changeOfItems(metered, living.stripeItemId, plan).length === 1;
      if (!isAtIt) await downgrade(living, plan);
    },

    async keep(living) {
      const free = await release(living);
      if (changesAtPeriodEnd(free)) await update(free, { cancel_at_period_end: false });
    },

    async pause(living, resumesAt) {
      if (living.collectionPaused) return;
      const until = resumesAt && { resumes_at: toUnix(resumesAt) };
      // Void: what was not collected meanwhile is not owed later.
      await update(living, { pause_collection: { behavior: "void", ...until } });
    },

    async resume(living) {
      const { subjectId, stripeSubscriptionId: id, status } = living;
      if (living.collectionPaused) await update(living, { pause_collection: "" });
      else if (status === "paused") await steps.step({ subjectId, living }, "subscription.resume", { id });
    },

    async cancel(living, immediately) {
      const { subjectId, stripeSubscriptionId: id } = living;
      if (immediately) {
        const params = { id, invoice_now: false, prorate: false };
        await steps.step({ subjectId, living }, "subscription.cancel", params);
      } else if (!living.cancelAtPeriodEnd) {
        await update(await release(living), { cancel_at_period_end: true });
      }
    },
  };
}
