/** https://docs.stripe.com/api/checkout/sessions/object#checkout_session_object-status */
export type CheckoutStatus = "open" | "complete" | "expired";

/** A page on which a subscription can be begun and paid. */
export interface CheckoutSession {
  /** `cs_…` */
  readonly id: string;
  readonly subjectId: string;
  readonly status: CheckoutStatus;
  /** What is sold on it; null for a page that was not made by us. */
  readonly tier: string | null;
  /** What it led to; null until it is complete. */
  readonly stripeSubscriptionId: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}
