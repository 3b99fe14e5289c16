/** A stored card (or another reusable method), without anything that could be charged elsewhere. */
export interface PaymentMethod {
  /** Stripe's own id, `pm_…`: what a browser gets from Stripe's elements. */
  readonly id: string;
  /** `card`, `link`, `us_bank_account` … */
  readonly type: string;
  /** `visa`, `mastercard` …; null when it is no card. */
  readonly brand: string | null;
  readonly last4: string | null;
  /** 1 to 12. */
  readonly expMonth: number | null;
  readonly expYear: number | null;
  /** Charged when no other is named; renewals are charged to it. */
  readonly isDefault: boolean;
  readonly createdAt: Date;
}
