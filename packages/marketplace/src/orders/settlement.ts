/** What a payment brings about: the order, its licence, the money's split and the news of it, in one transaction. */
import { type Clock, type FactEmitter, type Logger, money } from "@revops/core";
import type { Tx } from "@revops/database";
import type { MarketplaceFacts } from "../facts.ts";
import { issueLicense } from "../licenses/issue.ts";
import { updateLicense } from "../licenses/store.ts";
import type { FollowReview } from "../reviews/standing.ts";
import type { Books } from "../sellers/books.ts";
import { findOrder } from "./find.ts";
import type { Order } from "./order.ts";
import type { Purchase } from "./purchase.ts";
import { markRenewed } from "./renewal-store.ts";
import { markPaid } from "./store.ts";
import { firstPeriod, followingPeriod, licensedUntil } from "./subscription-period.ts";

export interface SettlementOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly books: Books;
  readonly followReview: FollowReview;
  readonly licenseKeys: () => string;
  readonly holdMs: number;
  readonly facts: FactEmitter<MarketplaceFacts, Tx> | undefined;
  /** Sends money back that came in for nothing. */
  readonly giveBack: (
    tx: Tx,
    useless: { orderId: string; paymentId: string; price: Purchase["price"] },
  ) => Promise<void>;
}

export interface Settlement {
  /** Does all that a paid order brings about, once: null when it was paid before or cannot be. */
  pay(tx: Tx, orderId: string, paymentId: string | null): Promise<Purchase | null>;
  /** The same for a renewal; `number` is 2 for the second period. */
  renew(tx: Tx, orderId: string, number: number, paymentId: string): Promise<Purchase | null>;
}

/** The reference under which a period is charged: the first by the order's id alone. */
export const renewalReference = (orderId: string, number: number) => `${orderId}.${number}`;

/** Reads a payment's reference. */
export function readReference(reference: string): { orderId: string; number: number } {
  const [, orderId = reference, number = "1"] = /^(pur_[0-9a-z]+)\.([2-9]|[1-9]\d{1,5})$/.exec(reference) ?? [];
  return { orderId, number: Number(number) };
}

export function createSettlement(options: SettlementOptions): Settlement {
  const { clock, logger, books, followReview, licenseKeys, holdMs, facts, giveBack } = options;

  return {
    async pay(tx, orderId, paymentId) {
      const now = clock.now();
      const before = await findOrder(tx, orderId);
      const period = before?.interval ? firstPeriod(before.interval, now) : null;
      const order = await markPaid(tx, { orderId, paymentId, now, period });
      if (!order) {
        if (paymentId !== null) await noteUselessPayment(tx, orderId, paymentId);
        return null;
      }
      const expiresAt = period && licensedUntil(period);
      const licenseKey = await issueLicense(tx, { order, key: licenseKeys(), now, expiresAt });
      const purchase = { ...order.purchase, licenseKey };
      await book(tx, { order, purchase, reference: orderId, paymentId, now, name: "order.paid" });
      await followReview(tx, order);
      return purchase;
    },

    async renew(tx, orderId, number, paymentId) {
      const now = clock.now();
      const before = await findOrder(tx, orderId);
      if (!before?.interval || !before.anchor || !before.periodEnd) return null;
      const period = followingPeriod(before.interval, before.anchor, before.periodEnd, now);
      const order = await markRenewed(tx, { orderId, renewals: number - 1, period });
      if (!order) {
        // Repeats of what was booked are no news; money for a period that will not be is given back.
        const now = await findOrder(tx, orderId);
        if (now && now.purchase.status !== "paid" && now.renewals < number - 1) {
          await giveBack(tx, { orderId, paymentId, price: now.purchase.price });
        }
        return null;
      }
      await updateLicense(tx, { orderId }, { expiresAt: licensedUntil(period) });
      const purchase = { ...order.purchase, licenseKey: before.purchase.licenseKey };
      const reference = renewalReference(orderId, number);
      await book(tx, { order, purchase, reference, paymentId, now, name: "order.renewed" });
      return purchase;
    },
  };

  async function book(
    tx: Tx,
    sale: {
      order: Order;
      purchase: Purchase;
      reference: string;
      paymentId: string | null;
      now: Date;
      name: "order.paid" | "order.renewed";
    },
  ): Promise<void> {
    const { order, purchase, reference: id, paymentId, now, name } = sale;
    const { price, commission } = purchase;
    if (!price || !commission || paymentId === null) return;
    const { buyerId, publisherId } = order;
    const { amount, currency } = price;
    const availableAt = new Date(now.getTime() + holdMs);
    const about = { id, orderId: purchase.id, publisherId, paymentId, currency, paidAt: now, availableAt };
    await books.sell(tx, { ...about, amount, commission: commission.amount });
    const earnings = money(amount - commission.amount, currency);
    await facts?.emit(tx, name, { purchase, buyerId, publisherId, commission, earnings });
  }

  /** Money for an order that has no use for it: the buyer has paid it before, or bought again since. */
  async function noteUselessPayment(tx: Tx, orderId: string, paymentId: string): Promise<void> {
    // Read after the order could not be paid: what was read before may be older than who paid it.
    const order = await findOrder(tx, orderId);
    if (!order || (order.purchase.status !== "failed" && order.paymentId === paymentId)) return;
    logger.warn({ orderId, paymentId, paidBy: order.paymentId }, "money that a purchase had no use for is given back");
    await giveBack(tx, { orderId, paymentId, price: order.purchase.price });
  }
}
