/** What is done about invoices that could not be collected. Stripe makes the tries; we steer them, and end them. */
import { isRevopsError } from "@revops/core";
import type { Database } from "@revops/database";
import type { Jobs } from "@revops/jobs";
import type Stripe from "stripe";
import type { Calls } from "../calls/calls.ts";
import type { CustomerStore } from "../customers/store.ts";
import { ask } from "../gateway/refusal.ts";
import type { Mirrors } from "../mirrors/mirrors.ts";
import { hasEnded } from "../subscriptions/status.ts";
import type { SubscriptionStore } from "../subscriptions/store.ts";
import { type DunningCase, isOpen } from "./dunning-case.ts";
import { endOfGraceJob, holdRetriesJob } from "./follow.ts";
import type { DunningStore } from "./store.ts";

/** The job that collects with a card that has just become the default. */
export const collectJob = "payments.dunning.collect";

export interface Dunning {
  list(subjectId: string): Promise<DunningCase[]>;
  authentication(
    stripeInvoiceId: string,
  ): Promise<{ readonly clientSecret: string | null; readonly url: string | null }>;
  collect(subjectId: string): Promise<number>;
}

export function createDunning(options: {
  readonly database: Database;
  readonly stripe: Stripe;
  readonly jobs: Jobs;
  readonly store: DunningStore;
  readonly customers: CustomerStore;
  readonly subscriptions: SubscriptionStore;
  readonly calls: Calls;
  readonly mirrors: Mirrors;
}): Dunning {
  const { database, stripe, jobs, store, customers, subscriptions, calls, mirrors } = options;

  async function current(stripeInvoiceId: string): Promise<DunningCase | null> {
    await mirrors.sync({ kind: "invoice", id: stripeInvoiceId });
    const known = await store.find(database, stripeInvoiceId);
    return known && isOpen(known) ? known : null;
  }

  async function pay(
    { stripeInvoiceId: id, subjectId, stripeSubscriptionId }: DunningCase,
    paymentMethod: string,
  ): Promise<boolean> {
    // On the customer's word a moment ago, but with nobody there to be led to the bank.
    const params = { id, payment_method: paymentMethod, off_session: true };
    const call = { operation: "invoice.pay" as const, subjectId, purpose: `invoice:${id}`, params };
    try {
      await calls.perform(call);
    } catch (error) {
      // A decline: the next try, or the next card.
      if (!isRevopsError(error) || error.code === "stripe_unavailable") throw error;
    }
    const isOver = (await current(id)) === null;
    // What was past due is granted again with the payment, whenever its webhook comes.
    if (isOver && stripeSubscriptionId !== null) await mirrors.sync({ kind: "subscription", id: stripeSubscriptionId });
    return isOver;
  }

  async function collect(subjectId: string): Promise<number> {
    const method = (await customers.find(database, subjectId))?.defaultPaymentMethodId ?? null;
    if (method === null) return 0;
    let collected = 0;
    for (const one of await store.listOpen(database, subjectId)) if (await pay(one, method)) collected++;
    return collected;
  }

  jobs.handle<{ subjectId: string }>(collectJob, async ({ subjectId }) => void (await collect(subjectId)));

  jobs.handle<{ stripeInvoiceId: string }>(holdRetriesJob, async ({ stripeInvoiceId: id }) => {
    const known = await current(id);
    if (known?.status !== "card_required") return;
    const params = { id, auto_advance: false };
    await calls.perform({ operation: "invoice.update", params, subjectId: known.subjectId, purpose: `invoice:${id}` });
  });

  jobs.handle<{ stripeInvoiceId: string }>(endOfGraceJob, async ({ stripeInvoiceId: id }) => {
    const known = await current(id);
    if (!known) return;
    const { subjectId, stripeSubscriptionId } = known;
    const subscription = stripeSubscriptionId && (await subscriptions.find(database, stripeSubscriptionId));
    if (subscription && !hasEnded(subscription)) {
      const params = { id: subscription.stripeSubscriptionId, invoice_now: false, prorate: false };
      const purpose = `subscription:${subjectId}`;
      await calls.perform({ operation: "subscription.cancel", params, subjectId, purpose });
      await mirrors.sync({ kind: "subscription", id: subscription.stripeSubscriptionId });
    }
    // Nobody is asked for it any more; Stripe keeps it as a loss.
    const call = {
      operation: "invoice.mark_uncollectible" as const,
      params: { id },
      subjectId,
      purpose: `invoice:${id}`,
    };
    if (await current(id)) await calls.perform(call);
  });

  return {
    collect,
    list: (subjectId) => store.list(database, subjectId),
    async authentication(id) {
      const invoice = await ask(stripe.invoices.retrieve(id, { expand: ["confirmation_secret"] }));
      return {
        clientSecret: invoice.confirmation_secret?.client_secret ?? null,
        url: invoice.hosted_invoice_url ?? null,
      };
    },
  };
}
