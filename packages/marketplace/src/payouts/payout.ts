/** A payout as its publisher sees it, and what has to be known to make it. */
import type { Money } from "@revops/core";

/** `pending` until the transfer is known to be made. */
export type PayoutStatus = "pending" | "paid" | "failed";

export interface Payout {
  /** `po_…` */
  readonly id: string;
  readonly publisherId: string;
  readonly amount: Money;
  readonly status: PayoutStatus;
  /** The provider's code, when it refused. */
  readonly failure: string | null;
  readonly createdAt: Date;
  readonly settledAt: Date | null;
}

/** Pays publishers. Called outside of any transaction. */
export interface PayoutPort {
  /** The publisher's account at the provider; null while there is none that may be paid. */
  accountOf(publisherId: string): Promise<string | null>;
  /**
   * Moves the money (and books it in the money ledger, from `payouts:in_transit`), once for each `reference`: called again with the same one it tells what became of the first.
   * A coded error that does not mean "try again" (`isTransient` in payouts.ts) says that nothing was moved.
   */
  transfer(transfer: {
    readonly reference: string;
    readonly publisherId: string;
    readonly accountId: string;
    readonly amount: Money;
  }): Promise<{ readonly transferId: string }>;
}
