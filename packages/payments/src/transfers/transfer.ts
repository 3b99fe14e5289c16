import type { Money } from "@revops/core";

/** `pending` while Stripe's answer is not known; `failed` may be tried again under the same reference. */
export type TransferStatus = "pending" | "succeeded" | "failed";

/** Money that goes from our balance at Stripe to a connected account's. https://docs.stripe.com/connect/separate-charges-and-transfers */
export interface Transfer {
  /** `trf_…` */
  readonly id: string;
  /** The caller's own name for it, such as a payout's id; unique for ever. */
  readonly reference: string;
  readonly publisherId: string;
  /** `acct_…` */
  readonly accountId: string;
  readonly amount: Money;
  /** What came back of it. */
  readonly amountReversed: Money;
  readonly status: TransferStatus;
  /** `tr_…`; null while Stripe's answer is not known. */
  readonly stripeTransferId: string | null;
  /** Why the last try failed, in our codes. */
  readonly failureCode: string | null;
  readonly createdAt: Date;
}

export interface TransferInput {
  /** The same reference never sends money twice. 1–200 characters. */
  readonly reference: string;
  readonly publisherId: string;
  readonly accountId: string;
  readonly amount: Money;
}

export interface ReverseInput {
  /** The transfer's. */
  readonly reference: string;
  /** All that is left of it when left out. */
  readonly amount?: Money | undefined;
  /** The caller's own name for this reversal, unique for ever; the transfer's reference when left out, so that it is reversed once. */
  readonly reversalReference?: string | undefined;
}
