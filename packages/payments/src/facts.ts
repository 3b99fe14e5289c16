import type { Invoice } from "./invoices/invoice.ts";
import type { Payment } from "./payments/payment.ts";
import type { Subscription } from "./subscriptions/subscription.ts";

/** What payments tells the other packages, inside the transaction that learned it, once per real change. */
export type PaymentsFacts = {
  /** Tier, status, price, period or plans for the period's end changed; not emitted before the first payment went through. */
  "subscription.changed": { subscription: Subscription; previousTier: string | null };
  /** A subscription that was granted is over, and the subject has no other. */
  "subscription.ended": { subjectId: string; tier: string; at: Date };
  "payment.succeeded": { payment: Payment };
  /** This try failed; the same reference may be tried again. */
  "payment.failed": { payment: Payment; declineCode: string | null };
  "invoice.paid": { invoice: Invoice };
  /** Stripe tried to collect it and could not; once per try that Stripe counts. */
  "invoice.payment_failed": { invoice: Invoice };
};
