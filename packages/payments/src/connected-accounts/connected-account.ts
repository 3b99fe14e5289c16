/** A publisher's account at Stripe, which their earnings are transferred to. */
export interface ConnectedAccount {
  readonly publisherId: string;
  /** `acct_…` */
  readonly stripeAccountId: string;
  /** Whether transfers to it are taken. */
  readonly transfersEnabled: boolean;
  /** Whether Stripe pays its balance out to their bank. */
  readonly payoutsEnabled: boolean;
  /** Whether they told Stripe who they are. */
  readonly detailsSubmitted: boolean;
  readonly createdAt: Date;
}

export interface OnboardAccount {
  readonly publisherId: string;
  /** Where Stripe leads back to. */
  readonly returnUrl: string;
  /** Where a page that ran out leads to, to ask for another. */
  readonly refreshUrl: string;
}

export interface CreateConnectedAccount {
  readonly publisherId: string;
  readonly email?: string | undefined;
  /** ISO 3166-1 alpha-2; the platform's own when left out. */
  readonly country?: string | undefined;
}
