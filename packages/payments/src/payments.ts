/** Everything about money, behind one factory. */
import { hourMs, minuteMs, silentLogger, systemClock } from "@revops/core";
import { repeating } from "@revops/database";
import { createCalls } from "./calls/calls.ts";
import { createOnRefused } from "./calls/on-refused.ts";
import { createConnectedAccounts } from "./connected-accounts/connected-accounts.ts";
import { createCustomers } from "./customers/customers.ts";
import { createForget } from "./customers/forget.ts";
import { createDrift } from "./drift/drift.ts";
import { createDunning } from "./dunning/dunning.ts";
import { paymentsErrors } from "./errors.ts";
import { createGateway } from "./gateway/gateway.ts";
import { createPatience } from "./gateway/patience.ts";
import { createInvoices } from "./invoices/invoices.ts";
import { createInvoiceWriter } from "./invoices/issue.ts";
import { createBook } from "./ledger/book.ts";
import { createCatchUp } from "./ledger/catch-up.ts";
import { createLedger } from "./ledger/ledger.ts";
import { createStripeComparison } from "./ledger/stripe-comparison.ts";
import { createMirrors, type Mirrors } from "./mirrors/mirrors.ts";
import { createReaders } from "./mirrors/readers.ts";
import { createPages } from "./pages/pages.ts";
import { handleNewCards } from "./payment-methods/new-card.ts";
import { createPaymentMethods } from "./payment-methods/payment-methods.ts";
import { createCancelPayment } from "./payments/cancel.ts";
import { createCharges } from "./payments/charge.ts";
import { toPublic } from "./payments/store.ts";
import type { Payments, PaymentsOptions } from "./payments-interface.ts";
import { createPlans } from "./plans/plans.ts";
import { createRefunds } from "./refunds/refunds.ts";
import { createSetupIntents } from "./setup-intents/setup-intents.ts";
import { createStores } from "./stores.ts";
import { createChanges } from "./subscriptions/change.ts";
import { handleDuplicates } from "./subscriptions/duplicates.ts";
import { createReadMeteredItems } from "./subscriptions/items.ts";
import { createPreview } from "./subscriptions/preview.ts";
import { createSteps } from "./subscriptions/steps.ts";
import { createSubscriptions } from "./subscriptions/subscriptions.ts";
import { createTransfers } from "./transfers/transfers.ts";
import { createReadCharged } from "./usage/charged.ts";
import { createSendBill } from "./usage/send.ts";
import { createStandings } from "./usage/standing.ts";
import { createUsage } from "./usage/usage.ts";
import { createWatermarks } from "./watermarks/watermarks.ts";
import { readSecrets } from "./webhooks/signature.ts";
import { createWebhooks } from "./webhooks/webhooks.ts";

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
  const { jobs, facts, clock = systemClock, logger = silentLogger, freeTier = "free" } = options;
  const database = repeating(options.database);
  const { webhookSecret, ...gatewayOptions } = options.stripe;
  // Before any job has a handler: settings that are refused leave the queue as it was.
  const secrets = readSecrets(webhookSecret);
  const stripe = createGateway(gatewayOptions);

  const stores = createStores(database);
  const book = createBook({ clock, store: stores.ledger });
  const watermarks = createWatermarks(database);
  const mirrors: Mirrors = createMirrors({
    database,
    readers: createReaders({
      ...{ database, jobs, facts, clock, logger, stripe, stores, book },
      graceDays: options.dunning?.graceDays ?? 21,
      sync: (target) => mirrors.sync(target),
    }),
  });

  const onRefused = createOnRefused({
    clock,
    payments: stores.payments,
    refunds: stores.refunds,
    transfers: stores.transfers,
    facts,
  });
  const calls = createCalls({ database, clock, logger, stripe, mirrors, onRefused });
  const customers = createCustomers({ database, store: stores.customers, calls, forgotten: stores.forgotten });
  const dunning = createDunning({
    database,
    stripe,
    jobs,
    store: stores.dunning,
    customers: stores.customers,
    subscriptions: stores.subscriptions,
    calls,
    mirrors,
  });
  const { collect } = dunning;
  const paymentMethods = createPaymentMethods({ database, store: stores.methods, customers, calls, collect });
  handleNewCards({ jobs, mirrors, paymentMethods });
  handleDuplicates({ database, jobs, stripe, store: stores.subscriptions, calls });
  const writer = createInvoiceWriter({ database, stripe, store: stores.invoices, customers, calls, mirrors });
  const steps = createSteps({ database, store: stores.subscriptions, calls });
  const webhooks = createWebhooks({
    ...{ database, clock, jobs, stripe, mirrors, watermarks, secrets },
    inbox: stores.inbox,
  });
  const readMetered = createReadMeteredItems({ database, stripe, plans: stores.plans });
  const changes = createChanges({
    database,
    stripe,
    store: stores.subscriptions,
    plans: stores.plans,
    customers,
    customerStore: stores.customers,
    steps,
    readMetered,
  });
  const previews = createPreview({ database, clock, stripe, customerStore: stores.customers, readMetered });
  const charges = createCharges({
    database,
    clock,
    store: stores.payments,
    customerStore: stores.customers,
    customers,
    calls,
    mirrors,
  });

  const standings = createStandings({ database, stripe, clock, subscriptions: stores.subscriptions });
  const usage = createUsage({
    database,
    clock,
    jobs,
    store: stores.usage,
    subscriptions: stores.subscriptions,
    send: createSendBill({
      ...{ database, calls, writer, standings },
      callStore: stores.calls,
      store: stores.usage,
      customers: stores.customers,
    }),
    readCharged: createReadCharged({
      database,
      stripe,
      callStore: stores.calls,
      subscriptions: stores.subscriptions,
      standings,
    }),
    facts,
  });

  const compare = createStripeComparison({ database, stripe, store: stores.ledger });
  const catchUp = createCatchUp({ database, clock, stripe, store: stores.ledger, book, mirrors, watermarks });

  jobs.schedule("payments.ledger.catch-up", hourMs, async () => void (await catchUp()));
  jobs.schedule("payments.reconcile", minuteMs, async () => void (await calls.reconcile()));

  const { bounded, within } = createPatience(logger);
  const setupIntents = createSetupIntents({ database, store: stores.setupIntents, customers, calls });
  const refunds = createRefunds({ database, clock, store: stores.refunds, payments: stores.payments, calls });
  const connectedAccounts = createConnectedAccounts({ database, store: stores.accounts, calls, mirrors });
  const transfers = createTransfers({ database, clock, store: stores.transfers, calls });
  const subscriptions = createSubscriptions({
    database,
    jobs,
    store: stores.subscriptions,
    paymentMethods,
    changes,
    steps,
    previews,
    freeTier,
  });
  const invoices = createInvoices({ database, clock, store: stores.invoices, writer });
  const pages = createPages({
    database,
    jobs,
    stripe,
    store: stores.checkouts,
    calls,
    customers,
    plans: stores.plans,
    subscriptions: stores.subscriptions,
  });

  const forget = createForget({
    ...{ database, clock, jobs, stripe, calls, subscriptions, pages },
    store: stores.forgotten,
    customers: stores.customers,
    accounts: stores.accounts,
    callStore: stores.calls,
    inbox: stores.inbox,
    usage: stores.usage,
  });

  // What a request may ask for is bounded; what looks through all there is at Stripe takes as long as it takes.
  return {
    within,
    customers: { ...customers, ensure: bounded(customers.ensure), forget },
    paymentMethods: {
      ...paymentMethods,
      attach: bounded(paymentMethods.attach),
      setDefault: bounded(paymentMethods.setDefault),
      detach: bounded(paymentMethods.detach),
    },
    payments: {
      charge: bounded(charges.charge),
      prepare: bounded(charges.prepare),
      cancel: bounded(createCancelPayment({ database, store: stores.payments, calls })),
      async get(id, tx) {
        const payment = await stores.payments.find(tx ?? database, id);
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
    disputes: { list: (page) => stores.disputes.list(database, page) },
    connectedAccounts: {
      ...connectedAccounts,
      create: bounded(connectedAccounts.create),
      onboard: bounded(connectedAccounts.onboard),
      refresh: bounded(connectedAccounts.refresh),
    },
    transfers: { ...transfers, create: bounded(transfers.create), reverse: bounded(transfers.reverse) },
    plans: createPlans({ database, stripe, store: stores.plans, calls }),
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
      usage: stores.usage,
      stores: { database, ...stores },
    }),
    reconcile: calls.reconcile,
  };
}
