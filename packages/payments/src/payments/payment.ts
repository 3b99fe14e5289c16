import type { Money } from "@revops/core";

/**
 * `requires_payment_method`: made, and waits for the browser or {@link ChargeInput} to pay it. `failed` may become another
 * status when the same reference is tried again; `succeeded` and `canceled` stay.
 */
export type PaymentStatus =
  | "requires_payment_method"
  | "requires_action"
  | "processing"
  | "succeeded"
  | "failed"
  | "canceled";

/** One payment: one reference of the caller, one payment intent at Stripe. */
export interface Payment {
  /** `pay_…` */
  readonly id: string;
  /** The caller's own name for what is paid, such as an order's id; unique for ever. */
  readonly reference: string;
  readonly subjectId: string;
  readonly amount: Money;
  readonly status: PaymentStatus;
  /** For the browser to finish a payment that `requires_action` (3-D Secure) or `requires_payment_method`; null otherwise. */
  readonly clientSecret: string | null;
  /** `pi_…`; null while Stripe's answer is not known. */
  readonly stripePaymentIntentId: string | null;
  /** Why the last try failed, in the bank's words: `insufficient_funds`, `generic_decline` … */
  readonly declineCode: string | null;
  /** What went back to the payer. */
  readonly amountRefunded: Money;
  readonly createdAt: Date;
}

/** A payment that the browser finishes with its `clientSecret`, or {@link ChargeInput} with a stored method. */
export interface PreparePayment {
  readonly subjectId: string;
  /** The same reference never takes money twice, whatever crashes or is repeated. 1–200 characters. */
  readonly reference: string;
  readonly amount: Money;
  /** Shown on receipts. */
  readonly description: string;
  /** Kept on the payment intent at Stripe. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

export interface ChargeInput extends PreparePayment {
  /** The subject's default payment method when left out. */
  readonly paymentMethodId?: string | undefined;
  /**
   * Nobody is there to confirm it, as at a renewal: a bank that asks for that refuses with `authentication_required`.
   * https://docs.stripe.com/payments/save-during-payment#charge-saved-payment-method
   */
  readonly offSession?: boolean | undefined;
  /** The method will be charged again with `offSession`: the payer confirms that with this payment, if their bank asks. */
  readonly setupFutureUsage?: "off_session" | undefined;
}

/** What came of a charge that was not refused. */
export interface ChargedPayment extends Payment {
  readonly status: "requires_action" | "processing" | "succeeded";
}
