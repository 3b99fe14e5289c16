/** An entry of an account, with the posting it is a side of. */
export interface LedgerEntry {
  /** `ent_…`, in the order of recording. */
  readonly id: string;
  readonly postingId: string;
  readonly kind: string;
  readonly reference: string;
  readonly account: string;
  readonly currency: string;
  /** Minor units; a debit is positive, a credit negative. */
  readonly amount: number;
  /** When it happened. */
  readonly at: Date;
}
