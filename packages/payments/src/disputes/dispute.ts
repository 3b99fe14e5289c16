import type { Money } from "@revops/core";

/** https://docs.stripe.com/api/disputes/object#dispute_object-status */
export type DisputeStatus =
  | "warning_needs_response"
  | "warning_under_review"
  | "warning_closed"
  | "needs_response"
  | "under_review"
  | "won"
  | "lost"
  | "prevented";

/** A payer asked their bank for the money back. */
export interface Dispute {
  /** `dsp_…` */
  readonly id: string;
  /** `du_…` or `dp_…` */
  readonly stripeDisputeId: string;
  /** Null for a payment that is not ours, such as an invoice's. */
  readonly paymentId: string | null;
  /** The payment's. */
  readonly reference: string | null;
  readonly amount: Money;
  /** `warning_…` is an inquiry: no money has moved yet. */
  readonly status: DisputeStatus;
  /** `fraudulent`, `product_not_received` … */
  readonly reason: string;
  readonly evidenceDueBy: Date | null;
  readonly createdAt: Date;
}

/** Whether it is only a question so far. */
export function isInquiry({ status }: Pick<Dispute, "status">): boolean {
  return status.startsWith("warning_");
}

/** Whether it is decided: nothing more moves. */
export function isClosed({ status }: Pick<Dispute, "status">): boolean {
  return status === "won" || status === "lost" || status === "warning_closed" || status === "prevented";
}
