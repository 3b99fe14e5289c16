/** One change of what the marketplace owes a publisher. */

/** `payout_failed` puts back what a payout took, `payout_reversed` what came back of one that was paid. */
export type SellerEntryKind =
  | "sale"
  | "refund"
  | "dispute"
  | "dispute_won"
  | "payout"
  | "payout_failed"
  | "payout_reversed";

export interface SellerEntry {
  /** 1, 2, 3 … for each publisher and currency. */
  readonly number: number;
  readonly kind: SellerEntryKind;
  readonly purchaseId: string | null;
  readonly payoutId: string | null;
  readonly currency: string;
  /** Minor units, as the others: what the buyer paid, negative for what went back. 0 for payouts. */
  readonly gross: number;
  /** The marketplace's share of `gross`. */
  readonly commission: number;
  /** What it changes the balance by: `gross` less `commission`, or the payout. */
  readonly amount: number;
  /** The balance after it. */
  readonly balance: number;
  readonly at: Date;
  /** From when on it counts for payouts. */
  readonly availableAt: Date;
}
