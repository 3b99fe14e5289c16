/** Disputes: what the payer's bank takes back, until it is decided. https://docs.stripe.com/disputes */
import { type Clock, type FactEmitter, money } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import type { MarketplaceFacts } from "../facts.ts";
import { updateLicense } from "../licenses/store.ts";
import { takeBack } from "../licenses/take-back.ts";
import { findOrder } from "../orders/find.ts";
import { readReference } from "../orders/settlement.ts";
import { lockOrder, noteReversal, setDisputed } from "../orders/store.ts";
import type { FollowReview } from "../reviews/standing.ts";
import type { Books } from "../sellers/books.ts";
import { lockSale, type Sale } from "../sellers/store.ts";
import type { DisputeStatus } from "./dispute.ts";
import { decideDispute, hasOpenDispute, insertDispute } from "./store.ts";
import { isAllOfOrder } from "./taking-back.ts";

export interface Disputes {
  /** Notes what became of one. */
  noted(
    dispute: {
      disputeId: string;
      reference: string;
      paymentId: string;
      /** Minor units; of a payment that was disputed in part, less than the price. */
      amount: number;
      status: DisputeStatus;
    },
    tx?: Tx,
  ): Promise<void>;
}

interface Claim {
  readonly disputeId: string;
  readonly amount: number;
  readonly at: Date;
}

export function createDisputes(options: {
  readonly database: Database;
  readonly clock: Clock;
  readonly books: Books;
  readonly followReview: FollowReview;
  readonly facts: FactEmitter<MarketplaceFacts, Tx> | undefined;
}): Disputes {
  const { database, clock, books, followReview, facts } = options;

  return {
    noted: ({ disputeId, reference, paymentId, amount, status }, tx) =>
      database.transaction(async (tx) => {
        await lockOrder(tx, readReference(reference).orderId);
        const sale = await lockSale(tx, reference);
        if (sale?.paymentId !== paymentId) return;
        const at = clock.now();
        const saleId = sale.id;
        const isNews = await insertDispute(tx, { id: disputeId, saleId, amount, status, at });
        if (isNews && status === "won") return;
        if (!isNews && status === "open") return;
        // What was withheld is what is given again or kept, whatever the bank asks for by now.
        const decided =
          isNews || status === "open" ? amount : await decideDispute(tx, { id: disputeId, saleId, status });
        if (decided === null) return;
        const claim = { disputeId, amount: decided, at };
        let taken = 0;
        if (isNews) taken += await withhold(tx, sale, claim);
        if (status === "won") taken += await giveAgain(tx, sale, claim);
        if (status === "lost") await takeForGood(tx, reference, claim);
        await follow(tx, sale, { ...claim, status, taken });
      }, tx),
  };

  /** Answers with what it takes from the publisher's balance. */
  async function withhold(tx: Tx, sale: Sale, { disputeId, amount, at }: Claim): Promise<number> {
    const disputed = sale.disputed + amount;
    const postingId = `dispute:${disputeId}`;
    const change = { refunded: sale.refunded, disputed, kind: "dispute", postingId, at } as const;
    return (await books.reverse(tx, sale, change)).earnings;
  }

  /** The same, and less than nothing. */
  async function giveAgain(tx: Tx, sale: Sale, { disputeId, amount, at }: Claim): Promise<number> {
    const disputed = Math.max(0, sale.disputed - amount);
    const postingId = `dispute_won:${disputeId}`;
    const change = { refunded: sale.refunded, disputed, kind: "dispute_won", postingId, at } as const;
    return (await books.reverse(tx, sale, change)).earnings;
  }

  /** The money has been withheld; now it is as if so much had been refunded. */
  async function takeForGood(tx: Tx, saleId: string, { amount, at: now }: Claim): Promise<void> {
    const sale = await lockSale(tx, saleId);
    if (!sale) throw new Error("A sale that was locked is gone.");
    // A bank may ask for more than is left.
    const others = sale.refunded + sale.disputed - amount;
    const back = Math.max(0, Math.min(amount, sale.amount - others));
    const full = await isAllOfOrder(tx, sale);
    await noteReversal(tx, sale.orderId, { amount: back, status: full ? "refunded" : null, now });
    if (full) await takeBack(tx, sale.orderId, { reason: "disputed", now });
  }

  /** The order is withheld from its buyer as long as any of its payments is. */
  async function follow(
    tx: Tx,
    { orderId, publisherId, currency }: Sale,
    { disputeId, amount, status, taken }: Claim & { readonly status: DisputeStatus; readonly taken: number },
  ): Promise<void> {
    const isOpen = await hasOpenDispute(tx, orderId);
    if (await setDisputed(tx, orderId, isOpen)) {
      await updateLicense(tx, { orderId }, { suspendedAt: isOpen ? clock.now() : null });
    }
    const order = await findOrder(tx, orderId);
    if (!order) return;
    const { purchase, buyerId } = order;
    await followReview(tx, order);
    // `0 - taken` is never a negative zero.
    const [disputed, earnings] = [money(amount, currency), money(0 - taken, currency)];
    const about = { purchase, buyerId, publisherId, disputeId, status };
    await facts?.emit(tx, "order.disputed", { ...about, amount: disputed, earnings });
  }
}
