/** Booking what a sale, a refund, a dispute or a payout does to a publisher's balance and to the money ledger, as one. */
import type { Tx } from "@revops/database";
import { accounts, type LedgerPort } from "./ledger-port.ts";
import { type Reversal, reversalTo } from "./reversal.ts";
import { hasEntry, insertEntry, insertSale, type Sale, updateSale } from "./store.ts";

/** What was earned by a payment. */
interface NewSale {
  /** The payment's reference. */
  readonly id: string;
  readonly orderId: string;
  readonly publisherId: string;
  readonly paymentId: string;
  readonly currency: string;
  readonly amount: number;
  readonly commission: number;
  readonly paidAt: Date;
  readonly availableAt: Date;
}

export interface Books {
  /** Books a paid sale. False when it was booked before. */
  sell(tx: Tx, sale: NewSale): Promise<boolean>;
  /**
   * Moves a locked sale to what is now known to have gone back, and tells what that changed.
   * @param posting makes the posting's id unique: `refund:<sale>:<total>`
   */
  reverse(
    tx: Tx,
    sale: Sale,
    change: {
      readonly refunded: number;
      readonly disputed: number;
      readonly kind: ReversalKind;
      readonly postingId: string;
      readonly at: Date;
    },
  ): Promise<Reversal>;
  /** Money that was never anybody's earnings went back. */
  giveBack(
    tx: Tx,
    refund: {
      readonly refundId: string;
      readonly orderId: string;
      readonly currency: string;
      readonly amount: number;
      readonly at: Date;
    },
  ): Promise<void>;
  /**
   * Takes a payout from the balance, or puts one back that failed. That the money has left is booked by who makes the
   * transfer, from `payouts:in_transit`.
   */
  payOut(tx: Tx, payout: PayoutBooking): Promise<void>;
}

type ReversalKind = "refund" | "dispute" | "dispute_won";

interface PayoutBooking {
  readonly payoutId: string;
  readonly publisherId: string;
  readonly currency: string;
  readonly amount: number;
  /** All of it failed, or so much of it came back: `step` tells one return from another. */
  readonly kind: "payout" | "payout_failed" | "payout_reversed";
  readonly step?: number;
  readonly at: Date;
}

export function createBooks({ ledger }: { ledger: LedgerPort | undefined }): Books {
  return {
    async sell(tx, sale) {
      const { id, orderId, publisherId, currency, amount, commission, paidAt: at, availableAt } = sale;
      const none = { refundRequested: 0, refunded: 0, disputed: 0, reversed: 0, reversedCommission: 0 };
      if (!(await insertSale(tx, { ...sale, ...none }))) return false;
      const earnings = amount - commission;
      const postingId = `sale:${id}`;
      const entry = { publisherId, currency, orderId, payoutId: null, postingId, at, availableAt };
      await insertEntry(tx, { ...entry, kind: "sale", gross: amount, commission, amount: earnings }, amount);
      await post(tx, { id: postingId, at, kind: "marketplace.sale", reference: orderId, currency }, [
        [accounts.payments, amount],
        [accounts.commission, -commission],
        [accounts.seller(publisherId), -earnings],
      ]);
      return true;
    },

    async reverse(tx, sale, { refunded, disputed, kind, postingId, at }) {
      const { publisherId, currency, orderId } = sale;
      const step = reversalTo(sale, refunded + disputed);
      await updateSale(tx, sale.id, {
        refunded,
        disputed,
        refundRequested: Math.max(sale.refundRequested, refunded),
        reversed: sale.reversed + step.gross,
        reversedCommission: sale.reversedCommission + step.commission,
      });
      if (step.gross === 0 && step.commission === 0) return step;
      // Taken from what is held while it is held, so that it never eats into what is due for something else.
      const availableAt = new Date(Math.max(sale.availableAt.getTime(), at.getTime()));
      const entry = { publisherId, currency, orderId, payoutId: null, postingId, at, availableAt };
      const amounts = { gross: -step.gross, commission: -step.commission, amount: -step.earnings };
      await insertEntry(tx, { ...entry, kind, ...amounts }, -step.gross);
      await post(tx, { id: postingId, at, kind: `marketplace.${kind}`, reference: orderId, currency }, [
        [accounts.commission, step.commission],
        [accounts.seller(publisherId), step.earnings],
        [kind === "refund" ? accounts.refunds : accounts.disputes, -step.gross],
      ]);
      return step;
    },

    async giveBack(tx, { refundId, orderId, currency, amount, at }) {
      const id = `give_back:${refundId}`;
      await post(tx, { id, at, kind: "marketplace.give_back", reference: orderId, currency }, [
        [accounts.payments, amount],
        [accounts.refunds, -amount],
      ]);
    },

    async payOut(tx, { payoutId, publisherId, currency, amount, kind, step, at }) {
      const postingId = step === undefined ? `${kind}:${payoutId}` : `${kind}:${payoutId}:${step}`;
      if (await hasEntry(tx, postingId)) return;
      const change = kind === "payout" ? -amount : amount;
      const entry = { publisherId, currency, orderId: null, payoutId, postingId, at, availableAt: at };
      await insertEntry(tx, { ...entry, kind, gross: 0, commission: 0, amount: change }, 0);
      await post(tx, { id: postingId, at, kind: `marketplace.${kind}`, reference: payoutId, currency }, [
        [accounts.seller(publisherId), -change],
        [accounts.inTransit, change],
      ]);
    },
  };

  async function post(
    tx: Tx,
    posting: { id: string; at: Date; kind: string; reference: string; currency: string },
    lines: readonly (readonly [account: string, amount: number])[],
  ): Promise<void> {
    const entries = lines.filter(([, amount]) => amount !== 0).map(([account, amount]) => ({ account, amount }));
    if (entries.length > 0) await ledger?.post({ ...posting, entries }, tx);
  }
}
