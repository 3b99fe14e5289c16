/** A refund as those who asked for it see it, and what has to be known to make it. */
import type { Money } from "@revops/core";

/** `pending` until the provider has answered; `failed` gave nothing back. */
export type RefundStatus = "pending" | "succeeded" | "failed";

export interface Refund {
  /** `ref_…` */
  readonly id: string;
  readonly purchaseId: string;
  readonly amount: Money;
  readonly status: RefundStatus;
  readonly reason: string | null;
  readonly createdAt: Date;
}

/**
 * Gives money back. Called outside of any transaction, after the refund is committed.
 *
 * `reference` is the key: called again with the same one it must not give twice, but tell what became of the first.
 * A coded error of `refusal.ts` means that nothing was given and nothing will be; after any other, it is tried again.
 */
export type RefundPort = (refund: {
  readonly reference: string;
  readonly paymentId: string;
  readonly amount: Money;
  readonly reason?: string;
}) => Promise<{ readonly status: RefundStatus }>;
