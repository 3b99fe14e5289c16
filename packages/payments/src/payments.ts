/** Everything about money, behind one factory. */
import { hourMs, isRevopsError, minuteMs, silentLogger, systemClock } from "@revops/core";
import { createCalls } from "./calls/calls.ts";
import { createOnRefused } from "./calls/on-refused.ts";
import { createCallStore } from "./calls/store.ts";
import { createConnectedAccounts } from "./connected-accounts/connected-accounts.ts";
import { createReadAccount } from "./connected-accounts/read-account.ts";
import { createConnectedAccountStore } from "./connected-accounts/store.ts";
import { createCustomers } from "./customers/customers.ts";
import { createReadCustomer } from "./customers/read-customer.ts";
import { createCustomerStore } from "./customers/store.ts";
import { createReadDispute } from "./disputes/read-dispute.ts";
import { createDisputeStore } from "./disputes/store.ts";
import { createDrift } from "./drift/drift.ts";
import { collectJob, createDunning } from "./dunning/dunning.ts";
import { createFollowInvoice } from "./dunning/follow.ts";
import { createDunningStore } from "./dunning/store.ts";
import { paymentsErrors } from "./errors.ts";
import { createGateway } from "./gateway/gateway.ts";
import { createPatience } from "./gateway/patience.ts";
import { createInvoices } from "./invoices/invoices.ts";
import { createInvoiceWriter } from "./invoices/issue.ts";
import { createReadInvoice } from "./invoices/read-invoice.ts";
import { createInvoiceStore } from "./invoices/store.ts";
import { createBook } from "./ledger/book.ts";
import { createCatchUp } from "./ledger/catch-up.ts";
import { createLedger } from "./ledger/ledger.ts";
import { createLedgerStore } from "./ledger/store.ts";
import { createStripeComparison } from "./ledger/stripe-comparison.ts";
import { createMirrors, type Mirrors } from "./mirrors/mirrors.ts";
import { createPages, expirePagesJob } from "./pages/pages.ts";
import { createReadCheckout } from "./pages/read-checkout.ts";
import { createCheckoutStore } from "./pages/store.ts";
import { createPaymentMethods } from "./payment-methods/payment-methods.ts";
import { createReadPaymentMethod } from "./payment-methods/read-payment-method.ts";
import { createPaymentMethodStore } from "./payment-methods/store.ts";
import { createCancelPayment } from "./payments/cancel.ts";
import { createCharges, purposeOf } from "./payments/charge.ts";
import { createReadIntent } from "./payments/read-intent.ts";
import { createPaymentStore, toPublic } from "./payments/store.ts";
import type { Payments, PaymentsOptions } from "./payments-interface.ts";
import { createPlans } from "./plans/plans.ts";
import { createPlanStore } from "./plans/store.ts";
import { createApplyRefund } from "./refunds/apply-refund.ts";
import { createRefunds } from "./refunds/refunds.ts";
import { createRefundStore } from "./refunds/store.ts";
import { createReadSetupIntent } from "./setup-intents/read-setup-intent.ts";
import { createSetupIntents } from "./setup-intents/setup-intents.ts";
import { createSetupIntentStore } from "./setup-intents/store.ts";
import { createChanges } from "./subscriptions/change.ts";
import { endDuplicateJob, handleDuplicates } from "./subscriptions/duplicates.ts";
import { createReadMeteredItems } from "./subscriptions/items.ts";
import { createPreview } from "./subscriptions/preview.ts";
import { createReadSubscription } from "./subscriptions/read-subscription.ts";
import { createSteps } from "./subscriptions/steps.ts";
import { createSubscriptionStore } from "./subscriptions/store.ts";
import { createSubscriptions } from "./subscriptions/subscriptions.ts";
import { createReadTransfer } from "./transfers/read-transfer.ts";
import { createTransferStore } from "./transfers/store.ts";
import { createTransfers } from "./transfers/transfers.ts";
import { createReadCharged } from "./usage/charged.ts";
import { createSendBill } from "./usage/send.ts";
import { createStandings } from "./usage/standing.ts";
import { createUsageBillStore } from "./usage/store.ts";
import { createOnDefaultCard, createOnFinalInvoice, createUsage } from "./usage/usage.ts";
import { createWatermarks } from "./watermarks/watermarks.ts";
import { readSecrets } from "./webhooks/signature.ts";
import { createWebhooks } from "./webhooks/webhooks.ts";

const newCardJob = "payments.new-card";

/**
 * Makes the payments of a service. Processing webhooks and finishing open calls run as jobs: start the queue.
 *
 * @throws `stripe_misconfigured` for a blank key or secret, or an address that is no http(s) base
 * @example
 * const payments = createPayments({ database, jobs, facts, stripe: { secretKey, webhookSecret } });
 * await payments.paymentMethods.attach({ subjectId: "usr_1", paymentMethodId: "pm_card_visa" });
 * await payments.payments.charge({ subjectId: "usr_1", reference: "order-1", amount: money(900, "usd"), description: "Book" });
 */
export function createPayments(options: PaymentsOptions): Payments {
  const { database, jobs, facts, clock = systemClock, logger = silentLogger, freeTier = "free" } = options;
  const { webhookSecret, ...gatewayOptions } = options.stripe;
  // Before any job has a handler: settings that are refused leave the queue as it was.
  const secrets = readSecrets(webhookSecret);
  const stripe = createGateway(gatewayOptions);

  const customerStore = createCustomerStore(database);
  const methodStore = createPaymentMethodStore(database);
  const paymentStore = createPaymentStore(database);
  const planStore = createPlanStore(database);
  const subscriptionStore = createSubscriptionStore(database);
  const invoiceStore = createInvoiceStore(database);
  const dunningStore = createDunningStore(database);
  const graceDays = options.dunning?.graceDays ?? 21;
  const follow = createFollowInvoice({ clock, jobs, store: dunningStore, facts, graceDays });
  const callStore = createCallStore(database);
  const setupIntentStore = createSetupIntentStore(database);
  const refundStore = createRefundStore(database);
  const disputeStore = createDisputeStore(database);
  const transferStore = createTransferStore(database);
  const accountStore = createConnectedAccountStore(database);
  const ledgerStore = createLedgerStore(database);
  const checkoutStore = createCheckoutStore(database);
  const usageStore = createUsageBillStore(database);
  const onDefaultCard = createOnDefaultCard({ jobs, store: usageStore });
  const watermarks = createWatermarks(database);
  const book = createBook({ clock, store: ledgerStore });

  const mirrors: Mirrors = createMirrors({
    database,
    readers: {
      customer: createReadCustomer({
        stripe,
        store: customerStore,
        async onNewDefault(tx, subjectId) {
          await onDefaultCard(tx, subjectId);
          if ((await dunningStore.listOpen(tx, subjectId)).length === 0) return;
          await jobs.enqueue({ name: collectJob, payload: { subjectId }, dedupeKey: subjectId }, tx);
        },
      }),
      payment_method: createReadPaymentMethod({ stripe, clock, store: methodStore, customers: customerStore, adopt }),
      payment_intent: createReadIntent({
        stripe,
        clock,
        store: paymentStore,
        book,
        applyRefund: createApplyRefund({ clock, store: refundStore, book, facts }),
        facts,
        hasRefunds: (id) => refundStore.existFor(database, id),
        isTrying: async (tx, id) => (await callStore.findOpen(tx, purposeOf(id))) !== null,
      }),
      subscription: createReadSubscription({
        database,
        stripe,
        clock,
        logger,
        store: subscriptionStore,
        plans: planStore,
        customers: customerStore,
        adopt,
        facts,
        async endDuplicate(tx, stripeSubscriptionId) {
          await jobs.enqueue({ name: endDuplicateJob, payload: { stripeSubscriptionId } }, tx);
        },
        async onBegun(tx, subjectId) {
          if ((await checkoutStore.listOpen(tx, subjectId)).length === 0) return;
          await jobs.enqueue({ name: expirePagesJob, payload: { subjectId } }, tx);
        },
      }),
      checkout_session: createReadCheckout({
        stripe,
        store: checkoutStore,
        customers: customerStore,
        adopt,
        sync: (target) => mirrors.sync(target),
        facts,
      }),
      invoice: createReadInvoice({
        stripe,
        clock,
        store: invoiceStore,
        customers: customerStore,
        adopt,
        follow,
        onFinal: createOnFinalInvoice({ jobs, store: usageStore }),
        facts,
      }),
      setup_intent: createReadSetupIntent({
        stripe,
        store: setupIntentStore,
        customers: customerStore,
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
        store: disputeStore,
        payments: paymentStore,
        book,
        facts,
        syncIntent: (id) => mirrors.sync({ kind: "payment_intent", id }),
      }),
      transfer: createReadTransfer({ stripe, store: transferStore, book, facts }),
      account: createReadAccount({ stripe, clock, store: accountStore }),
    },
  });

  /** A webhook may tell of a customer of ours before the answer to our own call has. */
  async function adopt(stripeCustomerId: string): Promise<void> {
    if (await customerStore.findByStripeId(database, stripeCustomerId)) return;
    await mirrors.sync({ kind: "customer", id: stripeCustomerId });
  }

  const onRefused = createOnRefused({
    clock,
    payments: paymentStore,
    refunds: refundStore,
    transfers: transferStore,
    facts,
  });
  const calls = createCalls({ database, clock, logger, stripe, mirrors, onRefused });
  const customers = createCustomers({ database, store: customerStore, calls });
  const dunning = createDunning({
    database,
    stripe,
    jobs,
    store: dunningStore,
    customers: customerStore,
    subscriptions: subscriptionStore,
    calls,
    mirrors,
  });
  const { collect } = dunning;
  const paymentMethods = createPaymentMethods({ database, store: methodStore, customers, calls, collect });
  // A card that a setup intent kept becomes the default, as one that was attached does.
  jobs.handle<{ subjectId: string; paymentMethodId: string }>(newCardJob, async (card) => {
    await mirrors.sync({ kind: "payment_method", id: card.paymentMethodId });
    await paymentMethods.setDefault(card).catch((error: unknown) => {
      if (!isRevopsError(error, "payment_method_not_found")) throw error;
    });
  });
  handleDuplicates({ database, jobs, stripe, store: subscriptionStore, calls });
  const writer = createInvoiceWriter({ database, stripe, store: invoiceStore, customers, calls, mirrors });
  const steps = createSteps({ database, store: subscriptionStore, calls });
  const webhooks = createWebhooks({ database, clock, jobs, stripe, mirrors, watermarks, secrets });
  const readMetered = createReadMeteredItems({ database, stripe, plans: planStore });
  const changes = createChanges({
    database,
    stripe,
    store: subscriptionStore,
    plans: planStore,
    customers,
    customerStore,
    steps,
    readMetered,
  });
  const previews = createPreview({ database, clock, stripe, customerStore, readMetered });
  const charges = createCharges({ database, clock, store: paymentStore, customerStore, customers, calls, mirrors });

  const standings = createStandings({ database, stripe, clock, subscriptions: subscriptionStore });
  const usage = createUsage({
    database,
    clock,
    jobs,
    store: usageStore,
    subscriptions: subscriptionStore,
    send: createSendBill({
      ...{ database, calls, callStore, writer, standings },
      store: usageStore,
      customers: customerStore,
    }),
    readCharged: createReadCharged({ database, stripe, callStore, subscriptions: subscriptionStore, standings }),
    facts,
  });

  const compare = createStripeComparison({ database, stripe, store: ledgerStore });
  const catchUp = createCatchUp({ database, clock, stripe, store: ledgerStore, book, mirrors, watermarks });

  jobs.schedule("payments.ledger.catch-up", hourMs, async () => void (await catchUp()));
  jobs.schedule("payments.reconcile", minuteMs, async () => void (await calls.reconcile()));

  const { bounded, within } = createPatience(logger);
  const setupIntents = createSetupIntents({ database, store: setupIntentStore, customers, calls });
  const refunds = createRefunds({ database, clock, store: refundStore, payments: paymentStore, calls });
  const connectedAccounts = createConnectedAccounts({ database, store: accountStore, calls, mirrors });
  const transfers = createTransfers({ database, clock, store: transferStore, calls });
  const subscriptions = createSubscriptions({
    database,
    store: subscriptionStore,
    paymentMethods,
    changes,
    steps,
    previews,
    freeTier,
  });
  const invoices = createInvoices({ database, clock, store: invoiceStore, writer });
  const pages = createPages({
    database,
    jobs,
    stripe,
    store: checkoutStore,
    calls,
    customers,
    plans: planStore,
    subscriptions: subscriptionStore,
  });

  // What a request may ask for is bounded; what looks through all there is at Stripe takes as long as it takes.
  return {
    within,
    customers: { ...customers, ensure: bounded(customers.ensure), forget: bounded(customers.forget) },
    paymentMethods: {
      ...paymentMethods,
      attach: bounded(paymentMethods.attach),
      setDefault: bounded(paymentMethods.setDefault),
      detach: bounded(paymentMethods.detach),
    },
    payments: {
      charge: bounded(charges.charge),
      prepare: bounded(charges.prepare),
      cancel: bounded(createCancelPayment({ database, store: paymentStore, calls })),
      async get(id, tx) {
        const payment = await paymentStore.find(tx ?? database, id);
        if (!payment) throw paymentsErrors.payment_not_found();
        return toPublic(payment);
      },
    },
    setupIntents: {
      ...setupIntents,
      create: bounded(setupIntents.create),
      confirm: bounded(setupIntents.confirm),
      cancel: bounded(setupIntents.cancel),
    },
    refunds: { ...refunds, create: bounded(refunds.create) },
    disputes: { list: (page) => disputeStore.list(database, page) },
    connectedAccounts: {
      ...connectedAccounts,
      create: bounded(connectedAccounts.create),
      onboard: bounded(connectedAccounts.onboard),
      refresh: bounded(connectedAccounts.refresh),
    },
    transfers: { ...transfers, create: bounded(transfers.create), reverse: bounded(transfers.reverse) },
    plans: createPlans({ database, stripe, store: planStore, calls }),
    subscriptions: {
      ...subscriptions,
      change: bounded(subscriptions.change),
      preview: bounded(subscriptions.preview),
      cancel: bounded(subscriptions.cancel),
      pause: bounded(subscriptions.pause),
      resume: bounded(subscriptions.resume),
    },
    invoices: {
      ...invoices,
      create: bounded(invoices.create),
      finalize: bounded(invoices.finalize),
      pay: bounded(invoices.pay),
      void: bounded(invoices.void),
    },
    pages: { checkout: bounded(pages.checkout), portal: bounded(pages.portal) },
    dunning: {
      ...dunning,
      authentication: bounded(dunning.authentication),
      collect: bounded(dunning.collect),
    },
    usage,
    ledger: { ...createLedger({ database, clock, jobs, compare }), catchUp },
    webhooks,
    drift: createDrift({
      stripe,
      mirrors,
      usage: usageStore,
      stores: {
        database,
        customers: customerStore,
        methods: methodStore,
        payments: paymentStore,
        subscriptions: subscriptionStore,
        invoices: invoiceStore,
        refunds: refundStore,
        disputes: disputeStore,
        transfers: transferStore,
      },
    }),
    reconcile: calls.reconcile,
  };
}
