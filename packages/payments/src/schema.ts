import { defineTables } from "@revops/database";
import { forgottenTables } from "./customers/tables.ts";
import { disputeTables } from "./disputes/tables.ts";
import { dunningTables } from "./dunning/tables.ts";
import type { InvoiceStatus } from "./invoices/invoice.ts";
import { ledgerTables } from "./ledger/tables.ts";
import { checkoutTables } from "./pages/tables.ts";
import type { PaymentStatus } from "./payments/payment.ts";
import type { BillingInterval } from "./plans/plan.ts";
import { refundTables } from "./refunds/tables.ts";
import { setupIntentTables } from "./setup-intents/tables.ts";
import type { SubscriptionStatus } from "./subscriptions/subscription.ts";
import { transferTables } from "./transfers/tables.ts";
import { usageTables } from "./usage/tables.ts";
import { watermarkTables } from "./watermarks/tables.ts";

export const paymentsTables = defineTables((c) => ({
  /** Every mutating call to Stripe, stored before it is made. */
  calls: c.table(
    "payments_stripe_calls",
    {
      id: c.text().primaryKey(),
      /** Who it is made for; null for the catalogue. */
      subjectId: c.text(),
      /** `payment_intent.create` … */
      operation: c.text().notNull(),
      /** As JSON text, not as a JSON column: a repeated request must be the same to the byte, and jsonb reorders members. */
      params: c.text().notNull(),
      idempotencyKey: c.text().notNull(),
      /** At most one open call per purpose; null once it is settled. */
      purpose: c.text(),
      state: c.text().$type<"open" | "done" | "refused" | "abandoned">().notNull(),
      /** The id of the object in Stripe's answer. */
      resultId: c.text(),
      /** Our code of the refusal. */
      failureCode: c.text(),
      createdAt: c.time().notNull(),
      settledAt: c.time(),
    },
    (table) => [
      c.uniqueIndex("payments_stripe_calls_idempotency_key_unique").on(table.idempotencyKey),
      c.uniqueIndex("payments_stripe_calls_purpose_unique").on(table.purpose),
      c.index("payments_stripe_calls_state").on(table.state, table.createdAt),
    ],
  ),
  /** The order in which each object of Stripe's was asked for: an answer is applied only if no later question was. */
  fetches: c.table("payments_fetches", {
    objectId: c.text().primaryKey(),
    issued: c.bigint().notNull(),
    applied: c.bigint().notNull(),
  }),
  customers: c.table(
    "payments_customers",
    {
      subjectId: c.text().primaryKey(),
      stripeCustomerId: c.text().notNull(),
      email: c.text(),
      name: c.text(),
      defaultPaymentMethodId: c.text(),
      createdAt: c.time().notNull(),
    },
    (table) => [c.uniqueIndex("payments_customers_stripe_customer_id_unique").on(table.stripeCustomerId)],
  ),
  paymentMethods: c.table(
    "payments_payment_methods",
    {
      id: c.text().primaryKey(),
      subjectId: c.text().notNull(),
      /** Ours, in the order of creation: where a page ends. */
      position: c.text().notNull(),
      type: c.text().notNull(),
      brand: c.text(),
      last4: c.text(),
      expMonth: c.integer(),
      expYear: c.integer(),
      createdAt: c.time().notNull(),
    },
    (table) => [c.index("payments_payment_methods_subject_id").on(table.subjectId, table.position)],
  ),
  intents: c.table(
    "payments_intents",
    {
      id: c.text().primaryKey(),
      reference: c.text().notNull(),
      subjectId: c.text().notNull(),
      amount: c.bigint().notNull(),
      currency: c.text().notNull(),
      amountRefunded: c.bigint().notNull(),
      status: c.text().$type<PaymentStatus>().notNull(),
      stripePaymentIntentId: c.text(),
      clientSecret: c.text(),
      declineCode: c.text(),
      /** Our code of the last failure. */
      failureCode: c.text(),
      description: c.text().notNull(),
      createdAt: c.time().notNull(),
      settledAt: c.time(),
    },
    (table) => [
      c.uniqueIndex("payments_intents_reference_unique").on(table.reference),
      c.uniqueIndex("payments_intents_stripe_payment_intent_id_unique").on(table.stripePaymentIntentId),
      c.index("payments_intents_subject_id").on(table.subjectId, table.id),
    ],
  ),
  /** The catalogue as last pushed. */
  plans: c.table(
    "payments_plans",
    {
      tier: c.text().notNull(),
      interval: c.text().$type<BillingInterval>().notNull(),
      name: c.text().notNull(),
      level: c.integer().notNull(),
      amount: c.bigint(),
      currency: c.text(),
      /** The price that new subscriptions get; null for free and for negotiated tiers. */
      stripePriceId: c.text(),
    },
    (table) => [c.primaryKey({ name: "payments_plans_tier_interval_unique", columns: [table.tier, table.interval] })],
  ),
  /** Every price that ever stood for a tier: subscriptions stay on the price they were sold at. */
  prices: c.table("payments_prices", {
    stripePriceId: c.text().primaryKey(),
    tier: c.text().notNull(),
    interval: c.text().$type<BillingInterval>().notNull(),
    amount: c.bigint().notNull(),
    currency: c.text().notNull(),
  }),
  /** What use costs in each tier, as last pushed. */
  usagePrices: c.table(
    "payments_usage_prices",
    {
      tier: c.text().notNull(),
      interval: c.text().$type<BillingInterval>().notNull(),
      feature: c.text().notNull(),
      /** The price that new subscriptions get; null, as the meter, where use is charged no more. */
      stripePriceId: c.text(),
      stripeMeterId: c.text(),
    },
    (table) => [
      c.primaryKey({
        name: "payments_usage_prices_tier_interval_feature_unique",
        columns: [table.tier, table.interval, table.feature],
      }),
    ],
  ),
  /** What add-ons cost, as last pushed. */
  addOnPrices: c.table(
    "payments_add_on_prices",
    {
      addOn: c.text().notNull(),
      interval: c.text().$type<BillingInterval>().notNull(),
      stripePriceId: c.text().notNull(),
      amount: c.bigint().notNull(),
      currency: c.text().notNull(),
    },
    (table) => [
      c.primaryKey({ name: "payments_add_on_prices_add_on_interval_unique", columns: [table.addOn, table.interval] }),
    ],
  ),
  subscriptions: c.table(
    "payments_subscriptions",
    {
      stripeSubscriptionId: c.text().primaryKey(),
      subjectId: c.text().notNull(),
      tier: c.text().notNull(),
      status: c.text().$type<SubscriptionStatus>().notNull(),
      amount: c.bigint().notNull(),
      currency: c.text().notNull(),
      interval: c.text().$type<BillingInterval>().notNull(),
      stripePriceId: c.text().notNull(),
      stripeItemId: c.text().notNull(),
      stripeScheduleId: c.text(),
      pendingTier: c.text(),
      billingCycleAnchor: c.time().notNull(),
      currentPeriodStart: c.time().notNull(),
      currentPeriodEnd: c.time().notNull(),
      cancelAtPeriodEnd: c.flag().notNull(),
      /** Null in rows of before it was known: not paused. */
      collectionPaused: c.flag(),
      canceledAt: c.time(),
      endedAt: c.time(),
      createdAt: c.time().notNull(),
      /** The subscription that it was begun beside by accident: it grants nothing, ends, and is given back. */
      duplicateOf: c.text(),
    },
    (table) => [c.index("payments_subscriptions_subject_id").on(table.subjectId, table.createdAt)],
  ),
  invoices: c.table(
    "payments_invoices",
    {
      id: c.text().primaryKey(),
      stripeInvoiceId: c.text().notNull(),
      stripeSubscriptionId: c.text(),
      subjectId: c.text().notNull(),
      number: c.text(),
      status: c.text().$type<InvoiceStatus>().notNull(),
      currency: c.text().notNull(),
      amountDue: c.bigint().notNull(),
      amountPaid: c.bigint().notNull(),
      amountRemaining: c.bigint().notNull(),
      automatic: c.flag().notNull(),
      attemptCount: c.integer().notNull(),
      periodStart: c.time().notNull(),
      periodEnd: c.time().notNull(),
      dueDate: c.time(),
      paidAt: c.time(),
      nextAttemptAt: c.time(),
      hostedUrl: c.text(),
      createdAt: c.time().notNull(),
    },
    (table) => [
      c.uniqueIndex("payments_invoices_stripe_invoice_id_unique").on(table.stripeInvoiceId),
      c.index("payments_invoices_subject_id").on(table.subjectId, table.id),
    ],
  ),
  invoiceLines: c.table(
    "payments_invoice_lines",
    {
      invoiceId: c.text().notNull(),
      position: c.integer().notNull(),
      stripeLineId: c.text().notNull(),
      description: c.text().notNull(),
      amount: c.bigint().notNull(),
      currency: c.text().notNull(),
      quantity: c.bigint(),
      periodStart: c.time().notNull(),
      periodEnd: c.time().notNull(),
      proration: c.flag().notNull(),
    },
    (table) => [
      c.primaryKey({
        name: "payments_invoice_lines_invoice_id_position_unique",
        columns: [table.invoiceId, table.position],
      }),
    ],
  ),
  /** The inbox of webhooks. Rows stay, so that an event counts once for ever. */
  events: c.table(
    "payments_webhook_events",
    {
      id: c.text().primaryKey(),
      type: c.text().notNull(),
      objectId: c.text(),
      /** As it was signed; its outline once it is processed or a week old, and of what is ignored: see `outline.ts`. */
      body: c.text().notNull(),
      state: c.text().$type<"received" | "processed" | "ignored">().notNull(),
      createdAt: c.time().notNull(),
      receivedAt: c.time().notNull(),
      processedAt: c.time(),
    },
    (table) => [
      c.index("payments_webhook_events_state").on(table.state, table.receivedAt),
      c.index("payments_webhook_events_received_at").on(table.receivedAt, table.id),
    ],
  ),
  ...forgottenTables(c),
  ...setupIntentTables(c),
  ...refundTables(c),
  ...disputeTables(c),
  ...transferTables(c),
  ...dunningTables(c),
  ...ledgerTables(c),
  ...checkoutTables(c),
  ...usageTables(c),
  ...watermarkTables(c),
}));
