/** What a refund does: the sale's money in the books, the order, and with all of it the licence. */
import { type Clock, type FactEmitter, money } from "@revops/core";
import type { Tx } from "@revops/database";
import type { MarketplaceFacts } from "../facts.ts";
import { takeBack } from "../licenses/take-back.ts";
import { findOrder } from "../orders/find.ts";
import { noteReversal } from "../orders/store.ts";
import type { FollowReview } from "../reviews/standing.ts";
import type { Books } from "../sellers/books.ts";
import { type Sale, salesOfOrder } from "../sellers/store.ts";
import { sumOpenDisputes } from "./store.ts";

export interface TakingBack {
  /** Moves a locked sale to so much refunded in all. Only more than was known changes anything. */
  refund(tx: Tx, sale: Sale, total: number): Promise<void>;
}

export function createTakingBack(options: {
  readonly clock: Clock;
  readonly books: Books;
  readonly followReview: FollowReview;
  readonly facts: FactEmitter<MarketplaceFacts, Tx> | undefined;
}): TakingBack {
  const { clock, books, followReview, facts } = options;

  return {
    async refund(tx, sale, total) {
      const refunded = Math.min(total, sale.amount);
      if (refunded <= sale.refunded) return;
      const { orderId, publisherId, currency, disputed } = sale;
      const now = clock.now();
      const postingId = `refund:${sale.id}:${refunded}`;
      const step = await books.reverse(tx, sale, { refunded, disputed, kind: "refund", postingId, at: now });
      const amount = refunded - sale.refunded;
      const full = await isAllOfOrder(tx, { ...sale, refunded });
      await noteReversal(tx, orderId, { amount, status: full ? "refunded" : null, now });
      if (full) await takeBack(tx, orderId, { reason: "refunded", now });
      const order = await findOrder(tx, orderId);
      if (!order) return;
      if (full) await followReview(tx, order);
      await facts?.emit(tx, "order.refunded", {
        purchase: order.purchase,
        buyerId: order.buyerId,
        publisherId,
        amount: money(amount, currency),
        commission: money(step.commission, currency),
        earnings: money(step.earnings, currency),
        full,
      });
    },
  };
}

/**
 * Whether nothing is left of what the order gives: an earlier period that goes back was had, and the order goes on. What a bank has
 * still to decide may come back, and is not gone.
 */
export async function isAllOfOrder(tx: Tx, { id, orderId, amount, refunded, disputed }: Sale): Promise<boolean> {
  if (refunded + disputed - (await sumOpenDisputes(tx, id)) < amount) return false;
  const [latest] = await salesOfOrder(tx, orderId);
  return latest?.id === id;
}
