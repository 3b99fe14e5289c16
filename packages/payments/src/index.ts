/** @revops/payments: Stripe payments that converge. A diff of this file is a diff of the public API. */
export type { ReconcileReport } from "./calls/reconcile.ts";
export type {
  ConnectedAccount,
  CreateConnectedAccount,
  OnboardAccount,
} from "./connected-accounts/connected-account.ts";
export type { Customer, EnsureCustomer } from "./customers/customer.ts";
export type { ForgetCustomer } from "./customers/forget.ts";
export { type Dispute, type DisputeStatus, isClosed, isInquiry } from "./disputes/dispute.ts";
export type { Drift, DriftReport, DriftRequest } from "./drift/drift.ts";
export { type DunningCase, type DunningOptions, type DunningStatus, isOpen } from "./dunning/dunning-case.ts";
export { type PaymentsErrorCode, paymentsErrors } from "./errors.ts";
export type { PaymentsFacts } from "./facts.ts";
export type { GatewayOptions } from "./gateway/gateway.ts";
export type { Invoice, InvoiceLine, InvoiceStatus } from "./invoices/invoice.ts";
export type { IssueInvoice } from "./invoices/issue.ts";
export { describeInvoice, isSettled } from "./invoices/overdue.ts";
export type { LedgerDifference, LedgerReport } from "./ledger/difference.ts";
export type { LedgerEntry } from "./ledger/entry.ts";
export { createLedger, type Ledger, type LedgerEntriesRequest, type StripeLedger } from "./ledger/ledger.ts";
export type { Posting, PostingEntry } from "./ledger/posting.ts";
export { paymentsMigrations } from "./migrations.ts";
export type { CheckoutSession, CheckoutStatus } from "./pages/checkout-session.ts";
export type { CheckoutInput, PageLink, PortalInput } from "./pages/pages.ts";
export type { PaymentMethod } from "./payment-methods/payment-method.ts";
export type { ChargedPayment, ChargeInput, Payment, PaymentStatus, PreparePayment } from "./payments/payment.ts";
export { createPayments } from "./payments.ts";
export type { Payments, PaymentsOptions } from "./payments-interface.ts";
export type { AddOnPrice, BillingInterval, PlanPrice, UsageCharge, UsagePrice, UsageStep } from "./plans/plan.ts";
export type { Refund, RefundInput, RefundStatus } from "./refunds/refund.ts";
export type { SetupIntent, SetupIntentStatus } from "./setup-intents/setup-intent.ts";
export { grantsAccess, hasEnded } from "./subscriptions/status.ts";
export type {
  CancelInput,
  ChangeInput,
  ChangePreview,
  ChangePreviewLine,
  Subscription,
  SubscriptionStatus,
} from "./subscriptions/subscription.ts";
export type { ReverseInput, Transfer, TransferInput, TransferStatus } from "./transfers/transfer.ts";
export type {
  BillState,
  Channel,
  CycleToBill,
  StatementLineToBill,
  UnbilledReason,
  UsageBill,
  UsageBillLine,
  UsageBillWithLines,
} from "./usage/bill.ts";
export type { BackfillReport } from "./webhooks/backfill.ts";
export type {
  DeadLetter,
  DeadLetters,
  EventState,
  EventsRequest,
  ReceivedWebhook,
  TypeCount,
  WebhookCounts,
  WebhookEvent,
} from "./webhooks/webhook.ts";
export { webhookJobName } from "./webhooks/webhooks.ts";
