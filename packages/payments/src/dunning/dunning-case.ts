/**
 * `retrying`: Stripe tries again at `nextAttemptAt`. `card_required`: this card will not pay, so it is not tried again.
 * `authentication_required`: the bank wants to hear the cardholder. `exhausted`: Stripe has given up trying. `recovered` and
 * `ended` are over: paid, or the subscription was canceled for it.
 */
export type DunningStatus =
  | "retrying"
  | "card_required"
  | "authentication_required"
  | "exhausted"
  | "recovered"
  | "ended";

/** An invoice that could not be collected, and what is being done about it. */
export interface DunningCase {
  readonly stripeInvoiceId: string;
  readonly subjectId: string;
  readonly stripeSubscriptionId: string | null;
  readonly status: DunningStatus;
  /** How often Stripe tried. */
  readonly attempts: number;
  /** Why the last try failed, in the bank's words. */
  readonly declineCode: string | null;
  readonly startedAt: Date;
  readonly nextAttemptAt: Date | null;
  /** When the subscription is canceled if nothing was paid until then. */
  readonly graceEndsAt: Date;
  readonly endedAt: Date | null;
}

export interface DunningOptions {
  /** Days from the first failure until the subscription is canceled; 21 unless said otherwise, which is past Stripe's own tries. */
  readonly graceDays?: number | undefined;
}

export function isOpen({ status }: Pick<DunningCase, "status">): boolean {
  return status !== "recovered" && status !== "ended";
}
