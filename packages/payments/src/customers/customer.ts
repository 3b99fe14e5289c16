/** Who pays, as Stripe knows them. */
export interface Customer {
  readonly subjectId: string;
  /** `cus_…` */
  readonly stripeCustomerId: string;
  readonly email: string | null;
  readonly name: string | null;
}

export interface EnsureCustomer {
  readonly subjectId: string;
  readonly email?: string | undefined;
  readonly name?: string | undefined;
}
