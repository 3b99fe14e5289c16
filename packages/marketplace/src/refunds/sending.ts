/** Sending refunds that are stored: each under its own reference, until it is known what became of it. */
import { type Clock, isRevopsError, type Logger, minuteMs, money } from "@revops/core";
import type { Database } from "@revops/database";
import { isRefusal } from "../orders/refusal.ts";
import { lockOrder } from "../orders/store.ts";
import type { Books } from "../sellers/books.ts";
import { lockSale, releaseFromSale } from "../sellers/store.ts";
import type { RefundPort } from "./refund.ts";
import { claimRefunds, type RefundRow, settleRefund, sumSucceeded } from "./store.ts";
import type { TakingBack } from "./taking-back.ts";

export interface Sending {
  /** Sends those that are open and that nobody is sending, or one of them; answers with how many are settled now. */
  send(refundId?: string): Promise<number>;
}

/** Longer than a call takes with the SDK's retries. */
const sendingMs = minuteMs;
const batch = 50;

export function createSending(options: {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly books: Books;
  readonly refundPort: RefundPort | undefined;
  readonly takingBack: TakingBack;
}): Sending {
  const { database, clock, logger, books, refundPort, takingBack } = options;

  return {
    async send(id) {
      if (!refundPort) return 0;
      let settled = 0;
      for (;;) {
        const now = clock.now();
        const sendingUntil = new Date(now.getTime() + sendingMs);
        const claimed = await claimRefunds(database, { now, sendingUntil, limit: batch, id });
        for (const row of claimed) if (await sendOne(row, refundPort)) settled++;
        if (claimed.length < batch) return settled;
      }
    },
  };

  async function sendOne(row: RefundRow, port: RefundPort): Promise<boolean> {
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
      else await takingBack.refund(tx, sale, await sumSucceeded(tx, sale.id));
    });
  }
}
