import type { Money } from "@revops/core";

/** https://docs.stripe.com/invoicing/overview#invoice-statuses */
export type InvoiceStatus = "draft" | "open" | "paid" | "void" | "uncollectible";

/** An invoice, as Stripe last told it. */
export interface Invoice {
  /** Ours, `inv_…`, in the order of creation. */
  readonly id: string;
  readonly stripeInvoiceId: string;
  readonly stripeSubscriptionId: string | null;
  readonly subjectId: string;
  /** The number on the paper; null while it is a draft. */
  readonly number: string | null;
  readonly status: InvoiceStatus;
  readonly amountDue: Money;
  readonly amountPaid: Money;
  readonly amountRemaining: Money;
  /** The time that is paid for: from the earliest to the latest of the lines' periods. */
  readonly periodStart: Date;
  readonly periodEnd: Date;
  readonly dueDate: Date | null;
  readonly paidAt: Date | null;
  /** Open though it should have been paid, at the time of reading. */
  readonly overdue: boolean;
  /** How often Stripe tried to collect it. */
  readonly attemptCount: number;
  readonly nextAttemptAt: Date | null;
  /** Stripe's page where it can be seen and paid. */
  readonly hostedUrl: string | null;
  readonly createdAt: Date;
}

export interface InvoiceLine {
  readonly id: string;
  readonly description: string;
  readonly amount: Money;
  readonly quantity: number | null;
  readonly periodStart: Date;
  readonly periodEnd: Date;
  readonly proration: boolean;
}
