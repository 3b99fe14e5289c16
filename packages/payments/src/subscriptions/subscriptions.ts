/** Subscriptions: at most one living one for each subject. */
import type { Database, Tx } from "@revops/database";
import type { Jobs } from "@revops/jobs";
import { paymentsErrors } from "../errors.ts";
import type { PaymentMethods } from "../payment-methods/payment-methods.ts";
import type { Changes } from "./change.ts";
import type { createPreview } from "./preview.ts";
import { changesAtPeriodEnd } from "./status.ts";
import type { Steps } from "./steps.ts";
import { type StoredSubscription, type SubscriptionStore, toPublic } from "./store.ts";
import type { CancelInput, ChangeInput, ChangePreview, Subscription } from "./subscription.ts";

const repriceJob = "payments.subscriptions.reprice";

export interface Subscriptions {
  get(subjectId: string, tx?: Tx): Promise<Subscription | null>;
  change(input: ChangeInput): Promise<Subscription>;
  preview(input: Pick<ChangeInput, "subjectId" | "tier" | "interval">): Promise<ChangePreview>;
  reprice(subjectId: string, tx?: Tx): Promise<void>;
  cancel(input: CancelInput): Promise<Subscription>;
  pause(input: { readonly subjectId: string; readonly resumesAt?: Date | undefined }): Promise<Subscription>;
  resume(subjectId: string): Promise<Subscription>;
}

export function createSubscriptions(options: {
  readonly database: Database;
  readonly jobs: Jobs;
  readonly store: SubscriptionStore;
  readonly paymentMethods: PaymentMethods;
  readonly changes: Changes;
  readonly steps: Steps;
  readonly previews: ReturnType<typeof createPreview>;
  readonly freeTier: string;
}): Subscriptions {
  const { database, jobs, store, paymentMethods, changes, steps, previews, freeTier } = options;

  async function apply(input: ChangeInput, living: StoredSubscription | null, again: boolean): Promise<void> {
    const { subjectId, tier } = input;
    if (tier === freeTier) {
      if (!living) throw paymentsErrors.already_on_tier();
      return changes.cancel(living, false);
    }
    const plan = await changes.planFor(input, living);
    const kind = await changes.kindOf(living, plan);
    if (!living) return changes.start(subjectId, plan);
    if (kind === "upgrade") return changes.upgrade(living, plan);
    if (kind === "downgrade") return changes.downgrade(living, plan);
    if (changesAtPeriodEnd(living)) return changes.keep(living);
    // Another call, or the one that crashed before, made this very change.
    if (!again) throw paymentsErrors.already_on_tier();
  }

  async function present(subjectId: string): Promise<Subscription> {
    const living = await store.findLiving(database, subjectId);
    if (!living) throw paymentsErrors.subscription_not_found();
    return toPublic(living);
  }

  jobs.handle<{ subjectId: string }>(repriceJob, ({ subjectId }) =>
    steps.decide(subjectId, async (living) => {
      // One that ends, or that another tier takes over, is not renewed at this one's price.
      if (living && !changesAtPeriodEnd(living)) await changes.reprice(living);
    }),
  );

  return {
    async reprice(subjectId, tx) {
      await jobs.enqueue({ name: repriceJob, payload: { subjectId } }, tx);
    },

    async get(subjectId, tx) {
      const living = await store.findLiving(tx ?? database, subjectId);
      return living && toPublic(living);
    },

    async change(input) {
      const { subjectId, tier, paymentMethodId, reference, resumed = false } = input;
      // Refused for what it asks, before a card is attached for it.
      if (tier !== freeTier) await changes.planFor(input, await store.findLiving(database, subjectId));
      if (paymentMethodId !== undefined) await paymentMethods.attach({ subjectId, paymentMethodId, reference });
      await steps.decide(subjectId, (living, again) => apply(input, living, again || resumed));
      return present(subjectId);
    },

    async preview(input) {
      const { subjectId, tier } = input;
      const living = await store.findLiving(database, subjectId);
      if (tier === freeTier) {
        if (!living) throw paymentsErrors.already_on_tier();
        return previews.later(living, tier, "cancel");
      }
      const plan = await changes.planFor(input, living);
      const kind = await changes.kindOf(living, plan);
      if (!living) return previews.start(subjectId, plan);
      if (kind === "upgrade") return previews.upgrade(living, plan);
      return previews.later(living, tier, kind === "downgrade" ? "downgrade" : "none");
    },

    async pause({ subjectId, resumesAt }) {
      await steps.decide(subjectId, async (living) => {
        if (!living) throw paymentsErrors.subscription_not_found();
        await changes.pause(living, resumesAt);
      });
      return present(subjectId);
    },

    async resume(subjectId) {
      await steps.decide(subjectId, async (living) => {
        if (!living) throw paymentsErrors.subscription_not_found();
        await changes.resume(living);
      });
      return present(subjectId);
    },

    async cancel({ subjectId, immediately = false, resumed = false }) {
      const id = await steps.decide(subjectId, async (living, again) => {
        const ended = living || !(again || resumed) ? null : await store.findCanceled(database, subjectId);
        if (ended) return ended.stripeSubscriptionId;
        if (!living) throw paymentsErrors.subscription_not_found();
        await changes.cancel(living, immediately);
        return living.stripeSubscriptionId;
      });
      const canceled = await store.find(database, id);
      if (!canceled) throw paymentsErrors.subscription_not_found();
      return toPublic(canceled);
    },
  };
}
