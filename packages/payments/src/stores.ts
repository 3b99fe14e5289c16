/** The SQL of each part, over one database. */
import type { Database } from "@revops/database";
import { createCallStore } from "./calls/store.ts";
import { createConnectedAccountStore } from "./connected-accounts/store.ts";
import { createForgottenStore } from "./customers/forgotten-store.ts";
import { createCustomerStore } from "./customers/store.ts";
import { createDisputeStore } from "./disputes/store.ts";
import { createDunningStore } from "./dunning/store.ts";
import { createInvoiceStore } from "./invoices/store.ts";
import { createLedgerStore } from "./ledger/store.ts";
import { createCheckoutStore } from "./pages/store.ts";
import { createPaymentMethodStore } from "./payment-methods/store.ts";
import { createPaymentStore } from "./payments/store.ts";
import { createPlanStore } from "./plans/store.ts";
import { createRefundStore } from "./refunds/store.ts";
import { createSetupIntentStore } from "./setup-intents/store.ts";
import { createSubscriptionStore } from "./subscriptions/store.ts";
import { createTransferStore } from "./transfers/store.ts";
import { createUsageBillStore } from "./usage/store.ts";
import { createInbox } from "./webhooks/store.ts";

export type Stores = ReturnType<typeof createStores>;

export function createStores(database: Database) {
  return {
    customers: createCustomerStore(database),
    forgotten: createForgottenStore(database),
    methods: createPaymentMethodStore(database),
    payments: createPaymentStore(database),
    plans: createPlanStore(database),
    subscriptions: createSubscriptionStore(database),
    invoices: createInvoiceStore(database),
    dunning: createDunningStore(database),
    calls: createCallStore(database),
    setupIntents: createSetupIntentStore(database),
    refunds: createRefundStore(database),
    disputes: createDisputeStore(database),
    transfers: createTransferStore(database),
    accounts: createConnectedAccountStore(database),
    ledger: createLedgerStore(database),
    checkouts: createCheckoutStore(database),
    usage: createUsageBillStore(database),
    inbox: createInbox(database),
  };
}
