/** Something that the books do not explain, or that Stripe says differently. */
export interface LedgerDifference {
  /**
   * `unbalanced_posting`: its entries do not sum to 0, or are in several currencies. `balance_differs`: a kept balance is
   * not the sum of its entries. The others are told by comparing with Stripe.
   */
  readonly kind:
    | "unbalanced_posting"
    | "balance_differs"
    | "stripe_transaction_missing"
    | "stripe_transaction_unknown"
    | "stripe_transaction_differs"
    | "stripe_balance_differs";
  /** The posting, the account, or Stripe's balance transaction. */
  readonly subject: string;
  readonly currency: string;
  /** Minor units: what it should be. */
  readonly expected: number;
  /** Minor units: what the books have. */
  readonly actual: number;
}

export interface LedgerReport {
  /** How many postings there are. */
  readonly postings: number;
  /** None, as long as nobody wrote past this package. */
  readonly differences: readonly LedgerDifference[];
}
