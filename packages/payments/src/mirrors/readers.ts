/** How each kind of Stripe's objects is read, and what follows from what changed. */
import type { Clock, FactEmitter, Logger } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import type { Jobs } from "@revops/jobs";
import type Stripe from "stripe";
import { createReadAccount } from "../connected-accounts/read-account.ts";
import { forgetAgain } from "../customers/forget.ts";
import { createReadCustomer } from "../customers/read-customer.ts";
import { createReadDispute } from "../disputes/read-dispute.ts";
import { collectJob } from "../dunning/dunning.ts";
import { createFollowInvoice } from "../dunning/follow.ts";
import type { PaymentsFacts } from "../facts.ts";
import { createReadInvoice } from "../invoices/read-invoice.ts";
import type { BookTransaction } from "../ledger/book.ts";
import { expirePagesJob } from "../pages/pages.ts";
import { createReadCheckout } from "../pages/read-checkout.ts";
import { newCardJob } from "../payment-methods/new-card.ts";
import { createReadPaymentMethod } from "../payment-methods/read-payment-method.ts";
import { purposeOf } from "../payments/charge.ts";
import { createReadIntent } from "../payments/read-intent.ts";
import { createApplyRefund } from "../refunds/apply-refund.ts";
import { createReadSetupIntent } from "../setup-intents/read-setup-intent.ts";
import type { Stores } from "../stores.ts";
import { endDuplicateJob } from "../subscriptions/duplicates.ts";
import { createReadSubscription } from "../subscriptions/read-subscription.ts";
import { createReadTransfer } from "../transfers/read-transfer.ts";
import { createOnDefaultCard, createOnFinalInvoice } from "../usage/usage.ts";
import type { MirrorKind, MirrorTarget, ReadMirror } from "./mirrors.ts";

interface ReaderOptions {
  readonly database: Database;
  readonly jobs: Jobs;
  readonly facts: FactEmitter<PaymentsFacts, Tx> | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly stripe: Stripe;
  readonly stores: Stores;
  readonly book: BookTransaction;
  readonly graceDays: number;
  readonly sync: (target: MirrorTarget) => Promise<void>;
}

export function createReaders(options: ReaderOptions): Readonly<Record<MirrorKind, ReadMirror>> {
  const { database, jobs, facts, clock, logger, stripe, stores, book, graceDays, sync } = options;
  const follow = createFollowInvoice({ clock, jobs, store: stores.dunning, facts, graceDays });
  const onDefaultCard = createOnDefaultCard({ jobs, store: stores.usage });

  const onForgotten = async (tx: Tx, subjectId: string) => void (await forgetAgain(jobs, tx, subjectId));

  /** A webhook may tell of a customer of ours before the answer to our own call has. */
  async function adopt(stripeCustomerId: string): Promise<void> {
    if (await stores.customers.findByStripeId(database, stripeCustomerId)) return;
    await sync({ kind: "customer", id: stripeCustomerId });
  }

  return {
    customer: createReadCustomer({
      stripe,
      store: stores.customers,
      forgotten: stores.forgotten,
      onForgotten,
      async onNewDefault(tx, subjectId) {
        await onDefaultCard(tx, subjectId);
        if ((await stores.dunning.listOpen(tx, subjectId)).length === 0) return;
        await jobs.enqueue({ name: collectJob, payload: { subjectId }, dedupeKey: subjectId }, tx);
      },
    }),
    payment_method: createReadPaymentMethod({
      stripe,
      clock,
      store: stores.methods,
      customers: stores.customers,
      forgotten: stores.forgotten,
      adopt,
      onForgotten,
    }),
    payment_intent: createReadIntent({
      stripe,
      clock,
      store: stores.payments,
      book,
      applyRefund: createApplyRefund({ clock, store: stores.refunds, book, facts }),
      facts,
      hasRefunds: (id) => stores.refunds.existFor(database, id),
      isTrying: async (tx, id) => (await stores.calls.findOpen(tx, purposeOf(id))) !== null,
    }),
    subscription: createReadSubscription({
      database,
      stripe,
      clock,
      logger,
      store: stores.subscriptions,
      plans: stores.plans,
      customers: stores.customers,
      adopt,
      facts,
      async endDuplicate(tx, stripeSubscriptionId) {
        await jobs.enqueue({ name: endDuplicateJob, payload: { stripeSubscriptionId } }, tx);
      },
      async onBegun(tx, subjectId) {
        // On a page that was paid before it could be closed.
        if (await stores.forgotten.has(tx, subjectId)) await onForgotten(tx, subjectId);
        if ((await stores.checkouts.listOpen(tx, subjectId)).length === 0) return;
        await jobs.enqueue({ name: expirePagesJob, payload: { subjectId } }, tx);
      },
    }),
    checkout_session: createReadCheckout({
      stripe,
      store: stores.checkouts,
      customers: stores.customers,
      adopt,
      sync,
      facts,
    }),
    invoice: createReadInvoice({
      stripe,
      clock,
      store: stores.invoices,
      customers: stores.customers,
      adopt,
      follow,
      onFinal: createOnFinalInvoice({ jobs, store: stores.usage }),
      facts,
    }),
    setup_intent: createReadSetupIntent({
      stripe,
      store: stores.setupIntents,
      customers: stores.customers,
      adopt,
      facts,
      async onSucceeded(tx, { subjectId, paymentMethodId }) {
        if (paymentMethodId === null) return;
        await jobs.enqueue({ name: newCardJob, payload: { subjectId, paymentMethodId } }, tx);
      },
    }),
    dispute: createReadDispute({
      database,
      stripe,
      clock,
      store: stores.disputes,
      payments: stores.payments,
      book,
      facts,
      syncIntent: (id) => sync({ kind: "payment_intent", id }),
    }),
    transfer: createReadTransfer({ stripe, store: stores.transfers, book, facts }),
    account: createReadAccount({ stripe, clock, store: stores.accounts }),
  };
}
