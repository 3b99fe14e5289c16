import type { Dispute } from "./disputes/dispute.ts";
import type { DunningCase } from "./dunning/dunning-case.ts";
import type { Invoice } from "./invoices/invoice.ts";
import type { CheckoutSession } from "./pages/checkout-session.ts";
import type { Payment } from "./payments/payment.ts";
import type { Refund } from "./refunds/refund.ts";
import type { SetupIntent } from "./setup-intents/setup-intent.ts";
import type { Subscription } from "./subscriptions/subscription.ts";
import type { Transfer } from "./transfers/transfer.ts";
import type { UsageBillWithLines } from "./usage/bill.ts";

/** What payments tells the other packages, inside the transaction that learned it, once per real change. */
export type PaymentsFacts = {
  /** Tier, status, price, period or plans for the period's end changed; not emitted before the first payment went through. */
  "subscription.changed": { subscription: Subscription; previousTier: string | null };
  /** A subscription that was granted is over, and the subject has no other. */
  "subscription.ended": { subjectId: string; tier: string; at: Date };
  /** Paid on a page that was left open although there was one already: this one grants nothing, is canceled and given back. */
  "subscription.duplicated": { subscription: Subscription; keptSubscriptionId: string };
  /** Someone paid on a checkout page; what they began is told by `subscription.changed`. */
  "checkout.completed": { session: CheckoutSession };
  /** A checkout page can be paid no more: its time is over, or another has taken its place. */
  "checkout.expired": { session: CheckoutSession };
  "payment.succeeded": { payment: Payment };
  /** This try failed; the same reference may be tried again. */
  "payment.failed": { payment: Payment; declineCode: string | null };
  /** Money went back; once for each refund. `payment.amountRefunded` is the sum so far. */
  "payment.refunded": { payment: Payment; refund: Refund };
  /** The bank would not have the money back: it is ours again. */
  "refund.failed": { payment: Payment; refund: Refund };
  /** The bank asks; no money has moved. */
  "dispute.inquiry_opened": { dispute: Dispute; payment: Payment | null };
  /** The bank took the money back, for now. */
  "dispute.opened": { dispute: Dispute; payment: Payment | null };
  /** Decided: `won`, and the money is back, or `lost`. Never without `dispute.opened` before it. */
  "dispute.closed": { dispute: Dispute; payment: Payment | null };
  "transfer.succeeded": { transfer: Transfer };
  /** Some of it came back: `transfer.amountReversed` is the sum so far. */
  "transfer.reversed": { transfer: Transfer };
  /** A card may be charged when its holder is away. */
  "setup_intent.succeeded": { setupIntent: SetupIntent };
  "setup_intent.failed": { setupIntent: SetupIntent };
  /** A subscription's invoice could not be collected. */
  "dunning.started": { dunning: DunningCase; invoice: Invoice };
  /** Stripe tries again at `dunning.nextAttemptAt`. */
  "dunning.retry_scheduled": { dunning: DunningCase; invoice: Invoice };
  /** This card will not pay: ask for another, which is charged as soon as it is attached. */
  "dunning.card_required": { dunning: DunningCase; invoice: Invoice };
  /** The bank wants to hear the cardholder: lead them to `invoice.hostedUrl`. */
  "dunning.authentication_required": { dunning: DunningCase; invoice: Invoice };
  /** Stripe has tried for the last time; the subscription is `unpaid` or canceled, as is set up there. */
  "dunning.exhausted": { dunning: DunningCase; invoice: Invoice };
  /** It is paid. */
  "dunning.recovered": { dunning: DunningCase; invoice: Invoice };
  /** Nobody is asked for it any more. */
  "dunning.ended": { dunning: DunningCase; invoice: Invoice };
  "invoice.paid": { invoice: Invoice };
  /** Stripe tried to collect it and could not; once per try that Stripe counts. */
  "invoice.payment_failed": { invoice: Invoice };
  /** Stripe has charged a closed cycle as it was rated, to the cent. */
  "usage.reconciled": { bill: UsageBillWithLines };
  /** It has not: `bill.lines` say where and by how much. */
  "usage.differs": { bill: UsageBillWithLines };
};
