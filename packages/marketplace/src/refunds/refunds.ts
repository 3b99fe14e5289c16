/** Refunds: what an order gave is taken back, exactly. What was asked for is sent by `sending.ts`. */
import { type Clock, createId, type FactEmitter, type Logger } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import { marketplaceErrors } from "../errors.ts";
import type { MarketplaceFacts } from "../facts.ts";
import { readReference } from "../orders/settlement.ts";
import { lockOrder } from "../orders/store.ts";
import type { FollowReview } from "../reviews/standing.ts";
import type { Books } from "../sellers/books.ts";
import { lockSale, releaseFromSale, requestFromSale, type Sale, salesOfOrder } from "../sellers/store.ts";
import { createDisputes, type Disputes } from "./disputes.ts";
import type { Refund, RefundPort } from "./refund.ts";
import { createSending } from "./sending.ts";
import { bounceRefund, findRefund, freeRefund, insertRefund, selectRefunds, toRefund } from "./store.ts";
import { createTakingBack } from "./taking-back.ts";

export interface Refunds {
  /**
   * Gives an order's last payment back, or a part of it. The refund is committed before anyone is called and its id is
   * its reference, so that a crash or a retry never gives twice; `pending` is tried again by {@link Refunds.sendPending}.
   * When all of it is back, the licence is revoked and the order is `refunded`; after a part, both stay.
   * @param refund `publisherId`: only if they sold it; `refundId`: the id that it gets (`ref_…`): given again after a crash,
   *   it is the same refund
   * @throws `purchase_not_found`, `not_refundable`, `refund_too_large` (fields.remaining), `refunds_unavailable`
   * @example await refunds.refund({ purchaseId, amount: { amount: 500, currency: "usd" }, reason: "goodwill" });
   */
  refund(refund: {
    purchaseId: string;
    publisherId?: string | undefined;
    amount?: { amount: number; currency: string } | undefined;
    reason?: string | undefined;
    requestedBy?: string | undefined;
    refundId?: string | undefined;
  }): Promise<Refund>;
  /** An order's refunds, oldest first. */
  list(purchaseId: string): Promise<Refund[]>;
  /** Sends refunds that a crash or a lost answer left open; answers with how many are settled now. */
  sendPending(): Promise<number>;
  /**
   * Notes that a payment has given back so much in all, whoever asked for it. Safe to repeat and to hear in any order:
   * only more than was known changes anything.
   */
  refunded(payment: { reference: string; paymentId: string; amountRefunded: number }, tx?: Tx): Promise<void>;
  /**
   * Notes that the bank of the buyer would not have a refund's money: the refund is `failed`, and can be asked for again. What
   * the sale took back stays taken back, since the buyer is still owed it: it waits on the account `refunds`. Safe to repeat.
   */
  bounced(refund: { refundId: string; failure: string | null }, tx?: Tx): Promise<void>;
  /**
   * Notes what became of a dispute. `open` withholds its amount from the publisher and suspends the licence, `won` gives
   * both back, `lost` is a refund of so much: of all of it, the order is `refunded`. Safe to repeat and to hear in any order.
   */
  disputed: Disputes["noted"];
}

export interface RefundsOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly books: Books;
  readonly followReview: FollowReview;
  readonly refundPort: RefundPort | undefined;
  readonly facts: FactEmitter<MarketplaceFacts, Tx> | undefined;
}

export function createRefunds(options: RefundsOptions): Refunds {
  const { database, clock, refundPort } = options;
  const takingBack = createTakingBack(options);
  const sending = createSending({ ...options, takingBack });
  const disputes = createDisputes(options);

  return {
    async refund({ purchaseId, publisherId, amount, reason, requestedBy, refundId: given }) {
      if (!refundPort) throw marketplaceErrors.refunds_unavailable();
      const id = await database.transaction(async (tx) => {
        const order = await lockOrder(tx, purchaseId);
        if (!order || (publisherId !== undefined && order.publisherId !== publisherId)) {
          throw marketplaceErrors.purchase_not_found();
        }
        const begun = given === undefined ? null : await findRefund(tx, given);
        if (begun?.orderId === purchaseId) {
          await freeRefund(tx, begun.id);
          return begun.id;
        }
        const [sale] = await salesOfOrder(tx, purchaseId);
        if (!sale) throw marketplaceErrors.not_refundable();
        const wanted = await setAside(tx, sale, amount);
        const now = clock.now();
        const refundId = given ?? createId("ref", now);
        const because = { reason: reason ?? null, requestedBy: requestedBy ?? null };
        const { id: saleId, paymentId } = sale;
        await insertRefund(tx, { id: refundId, orderId: purchaseId, saleId, paymentId, ...wanted, ...because, now });
        return refundId;
      });
      await sending.send(id);
      const row = await findRefund(database, id);
      if (!row) throw new Error("A refund that was stored is gone.");
      return toRefund(row);
    },

    list: (purchaseId) => selectRefunds(database, purchaseId),

    sendPending: () => sending.send(),

    refunded: ({ reference, paymentId, amountRefunded }, tx) =>
      database.transaction(async (tx) => {
        await lockOrder(tx, readReference(reference).orderId);
        const sale = await lockSale(tx, reference);
        // A payment that the order had no use for has its reference, and is none of its sales.
        if (sale?.paymentId === paymentId) await takingBack.refund(tx, sale, amountRefunded);
      }, tx),

    bounced: ({ refundId, failure }, tx) =>
      database.transaction(async (tx) => {
        const row = await bounceRefund(tx, { id: refundId, failure: failure ?? "bounced" });
        if (row?.saleId) await releaseFromSale(tx, row.saleId, row.amount);
      }, tx),

    disputed: disputes.noted,
  };
}

type Amount = { readonly amount: number; readonly currency: string };

/** Keeps so much of a sale, or all that is left, from being given twice. @throws `not_refundable`, `refund_too_large` */
async function setAside(tx: Tx, sale: Sale, asked: Amount | undefined): Promise<Amount> {
  const { currency } = sale;
  const remaining = sale.amount - sale.refundRequested - sale.disputed;
  if (remaining <= 0) throw marketplaceErrors.not_refundable({ detail: "All of it is back or on its way." });
  const wanted = asked ?? { amount: remaining, currency };
  const fits = wanted.currency === currency && wanted.amount > 0 && Number.isSafeInteger(wanted.amount);
  if (fits && (await requestFromSale(tx, sale.id, wanted.amount))) return wanted;
  throw marketplaceErrors.refund_too_large({
    detail: `1 to ${remaining} ${currency} can be refunded, in minor units.`,
    fields: { remaining: { amount: remaining, currency } },
  });
}
