/** The money ledger, as the marketplace uses it: a double-entry book that somebody else keeps. */
import type { Tx } from "@revops/database";

/** Debits positive, credits negative, in minor units; they add up to 0. */
export interface Posting {
  /** A second posting of the same id changes nothing. */
  readonly id: string;
  readonly at: Date;
  readonly kind: string;
  /** What it is about: an order's or payout's id. */
  readonly reference: string;
  readonly currency: string;
  readonly entries: readonly { readonly account: string; readonly amount: number }[];
}

export interface LedgerPort {
  /** Books it in the caller's transaction; false when it was booked before. */
  post(posting: Posting, tx: Tx): Promise<boolean>;
}

/** The accounts that the marketplace posts to. */
export const accounts = {
  /** What buyers paid, booked there by whoever takes the payments. */
  payments: "revenue:payments",
  commission: "revenue:commission",
  refunds: "refunds",
  disputes: "disputes",
  inTransit: "payouts:in_transit",
  /** What the marketplace owes a publisher: a credit balance. */
  seller: (publisherId: string) => `seller:${publisherId}`,
} as const;
