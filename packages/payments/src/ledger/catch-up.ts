/** Enters what Stripe's balance has seen and the books have not: what no webhook told of, such as payouts and fees. */
import { type Clock, hourMs } from "@revops/core";
import type { Database } from "@revops/database";
import type Stripe from "stripe";
import { idOf } from "../gateway/objects.ts";
import { ask } from "../gateway/refusal.ts";
import type { Mirrors, MirrorTarget } from "../mirrors/mirrors.ts";
import type { Watermarks } from "../watermarks/watermarks.ts";
import type { BookTransaction } from "./book.ts";
import type { LedgerStore } from "./store.ts";
import { postingIdOf } from "./transactions.ts";

const watermark = "balance_transactions";
/** Stripe's lists may show something a little later than its time says. */
const overlapMs = hourMs;

export function createCatchUp(options: {
  readonly database: Database;
  readonly clock: Clock;
  readonly stripe: Stripe;
  readonly store: LedgerStore;
  readonly book: BookTransaction;
  readonly mirrors: Mirrors;
  readonly watermarks: Watermarks;
}): (since?: Date) => Promise<number> {
  const { database, clock, stripe, store, book, mirrors, watermarks } = options;

  async function enter(transactionId: string): Promise<boolean> {
    const transaction = await ask(stripe.balanceTransactions.retrieve(transactionId, { expand: ["source"] }));
    const target = targetOf(transaction.source);
    // The mirror knows what it is about, and enters it in passing.
    if (target) await mirrors.sync(target);
    if (await store.has(database, postingIdOf(transactionId))) return target !== null;
    const reference = idOf(transaction.source) ?? transactionId;
    return database.transaction((tx) => book(tx, transaction, { reference }));
  }

  return async (since) => {
    const now = clock.now();
    const from = since ?? (await watermarks.get(watermark)) ?? new Date(0);
    const gte = Math.max(0, Math.floor((from.getTime() - overlapMs) / 1_000));
    const ids: string[] = [];
    const list = stripe.balanceTransactions.list({ created: { gte }, limit: 100 });
    await ask(list.autoPagingEach(({ id }) => void ids.push(id)));
    let entered = 0;
    // Oldest first, so that a refund finds its charge.
    for (let end = ids.length; end > 0; end -= 500) {
      const some = ids.slice(Math.max(0, end - 500), end).reverse();
      const known = await store.posted(database, some.map(postingIdOf));
      for (const id of some) if (!known.has(postingIdOf(id)) && (await enter(id))) entered++;
    }
    await watermarks.raise(watermark, now);
    return entered;
  };
}

/** What of ours a balance transaction comes from. */
function targetOf(source: Stripe.BalanceTransaction["source"]): MirrorTarget | null {
  if (typeof source !== "object" || source === null) return null;
  switch (source.object) {
    case "charge":
    case "refund": {
      const id = idOf(source.payment_intent);
      return id === null ? null : { kind: "payment_intent", id };
    }
    case "dispute":
      return { kind: "dispute", id: source.id };
    case "transfer":
      return { kind: "transfer", id: source.id };
    case "transfer_reversal": {
      const id = idOf(source.transfer);
      return id === null ? null : { kind: "transfer", id };
    }
    default:
      return null;
  }
}
