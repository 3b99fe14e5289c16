/** Refunds and disputes: what an order gave is taken back, exactly. */
import { type Clock, createId, type FactEmitter, isRevopsError, type Logger, minuteMs, money } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import { marketplaceErrors } from "../errors.ts";
import type { MarketplaceFacts } from "../facts.ts";
import { updateLicense } from "../licenses/store.ts";
import { takeBack } from "../licenses/take-back.ts";
import { isRefusal } from "../orders/refusal.ts";
import { readReference } from "../orders/settlement.ts";
import { findOrder, lockOrder, noteReversal, setDisputed } from "../orders/store.ts";
import type { Books } from "../sellers/books.ts";
import type { Reversal } from "../sellers/reversal.ts";
import { lockSale, releaseFromSale, requestFromSale, type Sale, salesOfOrder } from "../sellers/store.ts";
import type { Refund, RefundPort } from "./refund.ts";
import {
  bounceRefund,
  claimRefunds,
  decideDispute,
  findRefund,
  freeRefund,
  insertDispute,
  insertRefund,
  type RefundRow,
  selectRefunds,
  settleRefund,
  sumSucceeded,
  toRefund,
} from "./store.ts";

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
   * Notes what became of a dispute. `open` withholds the money from the publisher and suspends the licence, `won` gives
   * both back, `lost` makes the order `refunded`. Safe to repeat and to hear in any order.
   */
  disputed(
    dispute: {
      disputeId: string;
      reference: string;
      paymentId: string;
      amount: number;
      status: "open" | "won" | "lost";
    },
    tx?: Tx,
  ): Promise<void>;
}

export interface RefundsOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly books: Books;
  readonly refundPort: RefundPort | undefined;
  readonly facts: FactEmitter<MarketplaceFacts, Tx> | undefined;
}

/** Longer than a call takes with the SDK's retries. */
const sendingMs = minuteMs;
const batch = 50;

export function createRefunds(options: RefundsOptions): Refunds {
  const { database, clock, logger, books, refundPort, facts } = options;

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
        const remaining = sale.amount - sale.refundRequested - sale.disputed;
        if (remaining <= 0) throw marketplaceErrors.not_refundable({ detail: "All of it is back or on its way." });
        const wanted = amount ?? { amount: remaining, currency: sale.currency };
        const fits = wanted.currency === sale.currency && wanted.amount > 0 && Number.isSafeInteger(wanted.amount);
        if (!fits || !(await requestFromSale(tx, sale.id, wanted.amount))) {
          throw marketplaceErrors.refund_too_large({
            detail: `1 to ${remaining} ${sale.currency} can be refunded, in minor units.`,
            fields: { remaining: { amount: remaining, currency: sale.currency } },
          });
        }
        const now = clock.now();
        const refundId = given ?? createId("ref", now);
        await insertRefund(tx, {
          id: refundId,
          orderId: purchaseId,
          saleId: sale.id,
          paymentId: sale.paymentId,
          amount: wanted.amount,
          currency: sale.currency,
          reason: reason ?? null,
          requestedBy: requestedBy ?? null,
          status: "pending",
          sendingUntil: null,
          createdAt: now,
          settledAt: null,
          failure: null,
        });
        return refundId;
      });
      await sendClaimed(id);
      const row = await findRefund(database, id);
      if (!row) throw new Error("A refund that was stored is gone.");
      return toRefund(row);
    },

    list: (purchaseId) => selectRefunds(database, purchaseId),

    sendPending: () => sendClaimed(undefined),

    refunded: ({ reference, paymentId, amountRefunded }, tx) =>
      database.transaction(async (tx) => {
        await lockOrder(tx, readReference(reference).orderId);
        const sale = await lockSale(tx, reference);
        // A payment that the order had no use for has its reference, and is none of its sales.
        if (sale?.paymentId === paymentId) await moveRefunded(tx, sale, amountRefunded);
      }, tx),

    bounced: ({ refundId, failure }, tx) =>
      database.transaction(async (tx) => {
        const row = await bounceRefund(tx, { id: refundId, failure: failure ?? "bounced" });
        if (row?.saleId) await releaseFromSale(tx, row.saleId, row.amount);
      }, tx),

    disputed: ({ disputeId, reference, paymentId, amount, status }, tx) =>
      database.transaction(async (tx) => {
        await lockOrder(tx, readReference(reference).orderId);
        const sale = await lockSale(tx, reference);
        if (sale?.paymentId !== paymentId) return;
        const now = clock.now();
        const isNews = await insertDispute(tx, { id: disputeId, saleId: sale.id, amount, status, at: now });
        if (isNews && status === "won") return;
        if (isNews) await withhold(tx, sale, { disputeId, amount, at: now });
        else if (status === "open" || !(await decideDispute(tx, disputeId, status))) return;
        if (status === "won") await giveAgain(tx, sale, { disputeId, amount, at: now });
        await followDispute(tx, sale, status);
      }, tx),
  };

  async function sendClaimed(id: string | undefined): Promise<number> {
    if (!refundPort) return 0;
    let settled = 0;
    for (;;) {
      const now = clock.now();
      const sendingUntil = new Date(now.getTime() + sendingMs);
      const claimed = await claimRefunds(database, { now, sendingUntil, limit: batch, id });
      for (const row of claimed) if (await send(row, refundPort)) settled++;
      if (claimed.length < batch) return settled;
    }
  }

  async function send(row: RefundRow, port: RefundPort): Promise<boolean> {
    const { id, paymentId, amount, currency, reason } = row;
    try {
      const because = reason === null ? {} : { reason };
      const { status } = await port({ reference: id, paymentId, amount: money(amount, currency), ...because });
      if (status === "pending") return false;
      await settle(row, status, null);
      return true;
    } catch (error) {
      if (isRefusal(error) && isRevopsError(error)) {
        await settle(row, "failed", error.code);
        return true;
      }
      logger.error({ err: error, refundId: id }, "a refund was not sent, and is tried again");
      return false;
    }
  }

  function settle(row: RefundRow, status: "succeeded" | "failed", failure: string | null): Promise<void> {
    return database.transaction(async (tx) => {
      await lockOrder(tx, row.orderId);
      const sale = row.saleId === null ? null : await lockSale(tx, row.saleId);
      const settled = await settleRefund(tx, { id: row.id, status, failure, now: clock.now() });
      if (!settled) return;
      if (!sale) {
        if (status === "succeeded") await books.giveBack(tx, { ...row, refundId: row.id, at: clock.now() });
        return;
      }
      if (status === "failed") await releaseFromSale(tx, sale.id, row.amount);
      else await moveRefunded(tx, sale, await sumSucceeded(tx, sale.id));
    });
  }

  async function moveRefunded(tx: Tx, sale: Sale, total: number): Promise<void> {
    const refunded = Math.min(total, sale.amount);
    if (refunded <= sale.refunded) return;
    const at = clock.now();
    const postingId = `refund:${sale.id}:${refunded}`;
    const step = await books.reverse(tx, sale, { refunded, disputed: sale.disputed, kind: "refund", postingId, at });
    await follow(tx, sale, step, refunded - sale.refunded);
  }

  async function withhold(tx: Tx, sale: Sale, dispute: { disputeId: string; amount: number; at: Date }): Promise<void> {
    const { disputeId, amount, at } = dispute;
    const disputed = sale.disputed + amount;
    const change = {
      refunded: sale.refunded,
      disputed,
      kind: "dispute",
      postingId: `dispute:${disputeId}`,
      at,
    } as const;
    await books.reverse(tx, sale, change);
  }

  async function giveAgain(
    tx: Tx,
    sale: Sale,
    dispute: { disputeId: string; amount: number; at: Date },
  ): Promise<void> {
    const { disputeId, amount, at } = dispute;
    const disputed = Math.max(0, sale.disputed - amount);
    const postingId = `dispute_won:${disputeId}`;
    await books.reverse(tx, sale, { refunded: sale.refunded, disputed, kind: "dispute_won", postingId, at });
  }

  async function followDispute(tx: Tx, sale: Sale, status: "open" | "won" | "lost"): Promise<void> {
    const { orderId, publisherId } = sale;
    const now = clock.now();
    if (status === "lost") {
      const after = await lockSale(tx, sale.id);
      await noteReversal(tx, orderId, { amount: Math.min(after?.disputed ?? 0, sale.amount), status: "refunded", now });
      await takeBack(tx, orderId, { reason: "disputed", now });
    } else if (await setDisputed(tx, orderId, status === "open")) {
      await updateLicense(tx, { orderId }, { suspendedAt: status === "open" ? now : null });
    }
    const order = await findOrder(tx, orderId);
    if (!order) return;
    const { purchase, buyerId } = order;
    await facts?.emit(tx, "order.disputed", { purchase, buyerId, publisherId, status });
  }

  /** What a refund does to the order that was paid by the sale. */
  async function follow(tx: Tx, sale: Sale, step: Reversal, amount: number): Promise<void> {
    const { orderId, publisherId, currency } = sale;
    const now = clock.now();
    const [latest] = await salesOfOrder(tx, orderId);
    // An earlier period that is refunded was had; the order goes on with the one that is paid.
    const full = latest?.id === sale.id && sale.reversed + step.gross >= sale.amount;
    await noteReversal(tx, orderId, { amount, status: full ? "refunded" : null, now });
    if (full) await takeBack(tx, orderId, { reason: "refunded", now });
    const order = await findOrder(tx, orderId);
    if (!order) return;
    await facts?.emit(tx, "order.refunded", {
      purchase: order.purchase,
      buyerId: order.buyerId,
      publisherId,
      amount: money(amount, currency),
      commission: money(step.commission, currency),
      earnings: money(step.earnings, currency),
      full,
    });
  }
}

/** Stores that money which an order had no use for goes back; it is sent by {@link Refunds.sendPending}. */
export function createGiveBack({ clock }: { clock: Clock }) {
  return async (
    tx: Tx,
    {
      orderId,
      paymentId,
      price,
    }: { orderId: string; paymentId: string; price: { amount: number; currency: string } | null },
  ): Promise<void> => {
    if (price === null) return;
    await insertRefund(tx, {
      // One for each payment, however often it is heard of.
      id: `ref_${paymentId}`,
      orderId,
      saleId: null,
      paymentId,
      amount: price.amount,
      currency: price.currency,
      reason: "duplicate",
      requestedBy: null,
      status: "pending",
      sendingUntil: null,
      createdAt: clock.now(),
      settledAt: null,
      failure: null,
    });
  };
}
