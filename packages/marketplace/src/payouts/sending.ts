/** Sending payouts that are stored: each transfer under its payout's id, until it is known what became of it. */
import { type Clock, type FactEmitter, isRevopsError, type Logger, minuteMs, money } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import type { MarketplaceFacts } from "../facts.ts";
import type { Books } from "../sellers/books.ts";
import type { PayoutPort } from "./payout.ts";
import { claimPayouts, type PayoutRow, settlePayout, toPayout } from "./store.ts";

export interface Sending {
  /** Sends those that are open and that nobody is sending, or one of them; answers with how many came to what. */
  send(to: PayoutPort, payoutId?: string): Promise<{ paid: number; failed: number }>;
}

/** Longer than a call takes with the SDK's retries. */
const sendingMs = minuteMs;
const batch = 50;

/** Codes after which nobody knows whether money was moved, or the provider was only busy: the transfer is tried again. */
const transient: ReadonlySet<string> = new Set(["stripe_unavailable", "stripe_rate_limited", "change_in_progress"]);

export function createSending(options: {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly books: Books;
  readonly facts: FactEmitter<MarketplaceFacts, Tx> | undefined;
}): Sending {
  const { database, clock, logger, books, facts } = options;

  return {
    async send(to, id) {
      const counts = { paid: 0, failed: 0 };
      for (;;) {
        const now = clock.now();
        const sendingUntil = new Date(now.getTime() + sendingMs);
        const claimed = await claimPayouts(database, { now, sendingUntil, limit: batch, id });
        for (const payout of claimed) {
          const outcome = await sendOne(payout, to);
          if (outcome) counts[outcome]++;
        }
        if (claimed.length < batch) return counts;
      }
    },
  };

  async function sendOne(payout: PayoutRow, to: PayoutPort): Promise<"paid" | "failed" | null> {
    const { id, publisherId, accountId, amount, currency } = payout;
    try {
      const transfer = { reference: id, publisherId, accountId, amount: money(amount, currency) };
      const { transferId } = await to.transfer(transfer);
      await settle(payout, { status: "paid", transferId, failure: null });
      return "paid";
    } catch (error) {
      if (isRevopsError(error) && !transient.has(error.code)) {
        await settle(payout, { status: "failed", transferId: null, failure: error.code });
        return "failed";
      }
      logger.error({ err: error, payoutId: id }, "a payout was not sent, and is tried again");
      return null;
    }
  }

  function settle(
    { id, publisherId, currency, amount }: PayoutRow,
    outcome: { status: "paid" | "failed"; transferId: string | null; failure: string | null },
  ): Promise<void> {
    return database.transaction(async (tx) => {
      const now = clock.now();
      const settled = await settlePayout(tx, id, { ...outcome, now });
      if (!settled) return;
      if (outcome.status === "failed") {
        await books.payOut(tx, { payoutId: id, publisherId, currency, amount, kind: "payout_failed", at: now });
      }
      await facts?.emit(tx, outcome.status === "failed" ? "payout.failed" : "payout.paid", {
        payout: toPayout(settled),
      });
    });
  }
}
