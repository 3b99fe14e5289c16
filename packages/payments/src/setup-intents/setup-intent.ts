/** https://docs.stripe.com/payments/paymentintents/lifecycle#intent-statuses */
export type SetupIntentStatus =
  | "requires_payment_method"
  | "requires_confirmation"
  | "requires_action"
  | "processing"
  | "succeeded"
  | "canceled";

/** A card on its way to being kept for later, with its bank's consent. */
export interface SetupIntent {
  /** `seti_…` */
  readonly id: string;
  readonly subjectId: string;
  readonly status: SetupIntentStatus;
  readonly paymentMethodId: string | null;
  /** For the browser to finish it; null once it is finished. */
  readonly clientSecret: string | null;
  /** Why the last try failed, in Stripe's words. */
  readonly failureCode: string | null;
  readonly createdAt: Date;
}
