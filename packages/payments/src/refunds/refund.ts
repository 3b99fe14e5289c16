import type { Money } from "@revops/core";

/** https://docs.stripe.com/api/refunds/object#refund_object-status; `pending` also while Stripe's answer is not known. */
export type RefundStatus = "pending" | "requires_action" | "succeeded" | "failed" | "canceled";

/** Money that goes back to a payer. */
export interface Refund {
  /** `rfd_…` */
  readonly id: string;
  /** The caller's own name for it, unique for ever; null for one that was made at Stripe. */
  readonly reference: string | null;
  readonly paymentId: string | null;
  /** `re_…`; null while Stripe's answer is not known. */
  readonly stripeRefundId: string | null;
  readonly amount: Money;
  readonly status: RefundStatus;
  readonly reason: string | null;
  /** Why it failed, in Stripe's words: `insufficient_funds`, `lost_or_stolen_card` … */
  readonly failureCode: string | null;
  readonly createdAt: Date;
}

export interface RefundInput {
  /** The same reference never gives money back twice. 1–200 characters. */
  readonly reference: string;
  /** `pay_…` */
  readonly paymentId: string;
  /** All that is left of the payment when left out. */
  readonly amount?: Money | undefined;
  readonly reason?: "duplicate" | "fraudulent" | "requested_by_customer" | undefined;
}
