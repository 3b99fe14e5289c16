/** A purchase as its buyer sees it, and what has to be known to charge for it. */
import type { Money } from "@revops/core";

/** `pending` waits for money, `failed` took none, `refunded` gave it back. */
export type PurchaseStatus = "pending" | "paid" | "failed" | "refunded";

export interface Purchase {
  /** `pur_…`; the reference of the payment. */
  readonly id: string;
  readonly packageId: string;
  readonly status: PurchaseStatus;
  /** What the buyer pays; null when free. */
  readonly price: Money | null;
  /** What the marketplace keeps of the price; null when free. */
  readonly commission: Money | null;
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
 * `orderId` is the key: called again with the same one, after a crash or a lost answer, it must not charge again but
 * tell what became of the first charge. It throws a coded error when it did not charge; of those, the ones in
 * `refusal.ts` are final for this order, anything else leaves the order pending for another try.
 */
export type ChargePort = (charge: {
  readonly orderId: string;
  readonly buyerId: string;
  readonly amount: Money;
  readonly paymentMethodId?: string;
  readonly description: string;
}) => Promise<{
  readonly paymentId: string;
  readonly status: PurchasePayment["status"];
  readonly clientSecret: string | null;
}>;
