/** A purchase as its buyer sees it, and what has to be known to charge for it. */
import type { Money } from "@revops/core";
import type { BillingInterval } from "../listings/listing.ts";

/**
 * `pending` waits for money, `failed` took none, `refunded` gave all of it back, `disputed` waits for the payer's bank to
 * decide, `ended` is a subscription that is over.
 */
export const purchaseStatuses = ["pending", "paid", "failed", "refunded", "disputed", "ended"] as const;
export type PurchaseStatus = (typeof purchaseStatuses)[number];

/** Of a subscription. */
export interface PurchasePeriod {
  readonly interval: BillingInterval;
  /** What is paid for; null until the first payment. */
  readonly start: Date | null;
  readonly end: Date | null;
  /** Ends with the period instead of being charged again. */
  readonly cancelAtPeriodEnd: boolean;
  /** The last charge was refused; it is tried again until the licence runs out. */
  readonly pastDue: boolean;
}

export interface Purchase {
  /** `pur_…`; the reference of the payment. */
  readonly id: string;
  readonly packageId: string;
  readonly status: PurchaseStatus;
  /** What the buyer pays; null when free. */
  readonly price: Money | null;
  /** What the marketplace keeps of the price; null when free. */
  readonly commission: Money | null;
  /** What went back so far; null when nothing did. */
  readonly refunded: Money | null;
  /** Null for what is bought once. */
  readonly subscription: PurchasePeriod | null;
  /** `rvl-…` once paid. */
  readonly licenseKey: string | null;
  readonly createdAt: Date;
}

/** What a buyer is told about the payment. */
export interface PurchasePayment {
  readonly id: string;
  readonly status: "succeeded" | "requires_action" | "processing";
  /** With which the buyer's browser finishes 3-D Secure. */
  readonly clientSecret: string | null;
}

/**
 * Takes the money. Called outside of any transaction, after the order is committed.
 *
 * `reference` (the order's id, with the number of the period for a renewal) is the key: called again with the same one,
 * after a crash or a lost answer, it must not charge again but tell what became of the first charge. It throws a coded
 * error when it did not charge; of those, the ones in `refusal.ts` are final for this order, anything else leaves the
 * order pending for another try.
 */
export type ChargePort = (charge: {
  readonly reference: string;
  readonly buyerId: string;
  readonly amount: Money;
  readonly paymentMethodId?: string;
  readonly description: string;
  /** The first charge of a subscription: what it is paid with will be charged again, with the buyer not there. */
  readonly renews?: boolean;
  /** A renewal: the buyer is not there to confirm anything. */
  readonly offSession?: boolean;
}) => Promise<{
  readonly paymentId: string;
  readonly status: PurchasePayment["status"];
  readonly clientSecret: string | null;
}>;

/**
 * Whether two subjects may not trade with each other: a publisher and an organization that they belong to, say. Without
 * it, only one and the same subject is related.
 */
export type RelatedPort = (parties: {
  /** Who pays, and who acts for them. */
  readonly buyerId: string;
  readonly actorId: string | undefined;
  readonly publisherId: string;
}) => Promise<boolean>;
