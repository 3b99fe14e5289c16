/** Enters a balance transaction of Stripe's in the books, once for ever. */
import type { Clock } from "@revops/core";
import type { Tx } from "@revops/database";
import type Stripe from "stripe";
import { checkPosting } from "./posting.ts";
import type { LedgerStore } from "./store.ts";
import { postingsOf, type TransactionContext } from "./transactions.ts";

/** False when it is in the books already. */
export type BookTransaction = (
  tx: Tx,
  transaction: Stripe.BalanceTransaction,
  context: TransactionContext,
) => Promise<boolean>;

export function createBook({ clock, store }: { readonly clock: Clock; readonly store: LedgerStore }): BookTransaction {
  return async (tx, transaction, context) => {
    let fresh = false;
    for (const posting of postingsOf(transaction, context)) {
      checkPosting(posting);
      if (await store.insert(tx, posting, clock.now())) fresh = true;
    }
    return fresh;
  };
}
