import type { Money } from "@revops/core";
import type { BillingInterval } from "../plans/plan.ts";

/** Stripe's states of a subscription, https://docs.stripe.com/api/subscriptions/object#subscription_object-status */
export type SubscriptionStatus =
  | "incomplete"
  | "incomplete_expired"
  | "trialing"
  | "active"
  | "past_due"
  | "unpaid"
  | "paused"
  | "canceled";

/** A subject's subscription, as Stripe last told it. */
export interface Subscription {
  readonly subjectId: string;
  readonly stripeSubscriptionId: string;
  /** The tier that is paid for now. */
  readonly tier: string;
  readonly status: SubscriptionStatus;
  readonly price: Money;
  readonly interval: BillingInterval;
  /** The instant that periods are counted from. */
  readonly billingCycleAnchor: Date;
  readonly currentPeriodStart: Date;
  /** The first instant after the period. */
  readonly currentPeriodEnd: Date;
  readonly cancelAtPeriodEnd: boolean;
  /** The lower tier that takes over at `currentPeriodEnd` (the present one if only the interval gets shorter); null when none does. */
  readonly pendingTier: string | null;
  /** Its invoices are not collected for now; what it grants goes on. */
  readonly collectionPaused: boolean;
  readonly canceledAt: Date | null;
  readonly endedAt: Date | null;
  readonly createdAt: Date;
}

export interface ChangeInput {
  readonly subjectId: string;
  readonly tier: string;
  /** The subscription's own interval when left out, else a month. */
  readonly interval?: BillingInterval | undefined;
  /** Attached and made the default first. */
  readonly paymentMethodId?: string | undefined;
  /** Your name for the change: given again, the same payment method is not attached twice. */
  readonly reference?: string | undefined;
  /** Asked for again after a crash: that it was made already is then no refusal. */
  readonly resumed?: boolean | undefined;
}

/** What a change would do, before it is made. */
export interface ChangePreview {
  readonly tier: string;
  readonly kind: "start" | "upgrade" | "downgrade" | "cancel" | "none";
  readonly effectiveAt: Date;
  /** Charged now: the first period, or the prorated difference. Zero for what waits until the period's end. */
  readonly amountDue: Money;
  readonly lines: readonly ChangePreviewLine[];
}

export interface ChangePreviewLine {
  readonly description: string;
  /** Negative for unused time that is credited. */
  readonly amount: Money;
  readonly proration: boolean;
}

export interface CancelInput {
  readonly subjectId: string;
  /** Now, without a refund; otherwise with the paid period. */
  readonly immediately?: boolean | undefined;
  /** An earlier try may have ended it and died before it could say so: what has ended is answered then. */
  readonly resumed?: boolean | undefined;
}
