/**
 * A subject has one subscription. Whoever pays on a checkout page that was left open in another tab has begun a second one:
 * it grants nothing, is canceled, and what was paid for it is given back.
 */
import { isRevopsError } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import type { Jobs } from "@revops/jobs";
import type Stripe from "stripe";
import type { Calls } from "../calls/calls.ts";
import { paymentsErrors } from "../errors.ts";
import { idOf } from "../gateway/objects.ts";
import { ask } from "../gateway/refusal.ts";
import { hasEnded } from "./status.ts";
import type { SubscriptionStore } from "./store.ts";

/** The job that ends a second subscription. */
export const endDuplicateJob = "payments.subscriptions.end-duplicate";

/** Metadata of subscriptions that begin on a page: only such a one can be a second by accident. */
export const pageMark = "revops_page";

export function handleDuplicates(options: {
  readonly database: Database;
  readonly jobs: Jobs;
  readonly stripe: Stripe;
  readonly store: SubscriptionStore;
  readonly calls: Calls;
}): void {
  const { database, jobs, stripe, store, calls } = options;

  /** All of it, which Stripe does once. */
  async function giveBack(subjectId: string, payment_intent: string): Promise<void> {
    const params = { payment_intent, reason: "duplicate" as const };
    const call = { operation: "refund.create" as const, params, subjectId, purpose: `duplicate:${payment_intent}` };
    const made = await calls.perform(call).catch(async (error: unknown) => {
      if (!isRevopsError(error, "stripe_rejected") || !(await isRefunded(payment_intent))) throw error;
      return null;
    });
    // Whatever came of the one under way: tried again, it is seen whether the money is back.
    if (made?.joined) throw paymentsErrors.change_in_progress();
  }

  async function isRefunded(id: string): Promise<boolean> {
    const { latest_charge: charge } = await ask(stripe.paymentIntents.retrieve(id, { expand: ["latest_charge"] }));
    return typeof charge === "object" && charge !== null && charge.refunded;
  }

  async function paidWith(subscription: string): Promise<string[]> {
    const intents: string[] = [];
    for (const { id } of (await ask(stripe.invoices.list({ subscription, status: "paid", limit: 100 }))).data) {
      const payments = await ask(stripe.invoicePayments.list({ invoice: id, status: "paid", limit: 100 }));
      for (const { payment } of payments.data)
        intents.push(...[idOf(payment.payment_intent)].filter((one) => one !== null));
    }
    return intents;
  }

  jobs.handle<{ stripeSubscriptionId: string }>(endDuplicateJob, async ({ stripeSubscriptionId: id }) => {
    const known = await store.find(database, id);
    if (!known?.duplicateOf) return;
    const { subjectId } = known;
    if (!hasEnded(known)) {
      const params = { id, invoice_now: false, prorate: false };
      const call = { operation: "subscription.cancel" as const, params, subjectId, purpose: `duplicate:${id}` };
      const { joined } = await calls.perform(call);
      if (joined) throw paymentsErrors.change_in_progress();
    }
    for (const intent of await paidWith(id)) if (!(await isRefunded(intent))) await giveBack(subjectId, intent);
  });
}

/** The subscription that a new one is a second beside; null when there is none. */
export async function findFirst(
  tx: Tx,
  store: SubscriptionStore,
  { subjectId, stripeSubscriptionId }: { readonly subjectId: string; readonly stripeSubscriptionId: string },
): Promise<string | null> {
  // Of two that begin at once, the later one waits here and sees the other.
  await store.lock(tx, subjectId);
  return store.findOther(tx, subjectId, stripeSubscriptionId);
}
