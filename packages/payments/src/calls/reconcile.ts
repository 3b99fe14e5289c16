/** What became of the calls that were open. */
export interface ReconcileReport {
  /** They had happened, or have now. */
  readonly finished: number;
  /** Stripe said no. */
  readonly refused: number;
  /** Too old to be sent again and never arrived: nothing was charged. */
  readonly abandoned: number;
  /** Stripe does not answer; they are tried again. */
  readonly open: number;
}
