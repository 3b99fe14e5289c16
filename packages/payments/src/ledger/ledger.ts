/** The money ledger: double entry in minor units, for each currency. */
import { type Clock, minuteMs, type Page, systemClock } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import type { Jobs } from "@revops/jobs";
import type { LedgerDifference, LedgerReport } from "./difference.ts";
import type { LedgerEntry } from "./entry.ts";
import { checkPosting, type Posting } from "./posting.ts";
import { createLedgerStore } from "./store.ts";

export interface LedgerEntriesRequest {
  readonly account: string;
  readonly currency?: string | undefined;
  /** 1 to 100. */
  readonly limit: number;
  /** The `next` of the page before. */
  readonly cursor?: string | undefined;
}

export interface Ledger {
  /**
   * Enters a posting, in the caller's transaction if one is given. False when one of the same id is there already.
   * @throws `unbalanced_posting` when its amounts do not sum to 0, `invalid_posting` for what cannot be entered
   * @example
   * await ledger.post({ id: `commission:${order.id}`, at, kind: "commission", reference: order.id, currency: "usd",
   *   entries: [{ account: "revenue:payments", amount: 900 }, { account: "revenue:commission", amount: -135 },
   *     { account: "seller:usr_1", amount: -765 }] }, tx);
   */
  post(posting: Posting, tx?: Tx): Promise<boolean>;
  /** The sum of an account's entries in minor units: a debit is positive; what we owe is negative. 0 for an unknown one. */
  balance(of: { readonly account: string; readonly currency: string }, tx?: Tx): Promise<number>;
  /** An account's entries, newest first. */
  entries(request: LedgerEntriesRequest, tx?: Tx): Promise<Page<LedgerEntry>>;
  /** Moves entries into the kept balances, by itself every minute; what a balance is does not change by it. */
  fold(): Promise<void>;
  /**
   * Proves from the entries that every posting sums to 0 and every balance is the sum of its entries; with `stripe`, also
   * that every balance transaction of Stripe's is in the books with its amount and fee, that none is there besides, and
   * that `stripe:balance` is Stripe's balance in each currency. Reads everything. What moves meanwhile may be named.
   */
  verify(options?: { readonly stripe?: boolean | undefined }): Promise<LedgerReport>;
}

/** The books of an account at Stripe. */
export interface StripeLedger extends Ledger {
  /**
   * Enters Stripe's balance transactions that no webhook told of (payouts, fees, what came during an outage); answers
   * with how many. By itself every hour.
   * @param since looks at everything from then on; from the last time on when left out
   */
  catchUp(since?: Date): Promise<number>;
}

/** The books alone, without Stripe: for whoever keeps money that no Stripe account knows of. */
export function createLedger(options: {
  readonly database: Database;
  readonly clock?: Clock | undefined;
  readonly jobs?: Jobs | undefined;
  /** What Stripe says differently. */
  readonly compare?: (() => Promise<LedgerDifference[]>) | undefined;
}): Ledger {
  const { database, clock = systemClock, jobs, compare } = options;
  const store = createLedgerStore(database);

  async function fold(): Promise<void> {
    while ((await database.transaction(store.fold)) > 0);
  }
  jobs?.schedule("payments.ledger.fold", minuteMs, fold);

  return {
    async post(posting, tx) {
      checkPosting(posting);
      return database.transaction((inner) => store.insert(inner, posting, clock.now()), tx);
    },
    balance: ({ account, currency }, tx) => store.balance(tx ?? database, account, currency),
    entries: (request, tx) => store.list(tx ?? database, request),
    fold,
    async verify({ stripe = false } = {}) {
      if (stripe && !compare) throw new TypeError("These books have no Stripe account to compare with.");
      const theirs = stripe && compare ? await compare() : [];
      const differences = [...(await store.differences(database)), ...theirs];
      return { postings: await store.count(database), differences };
    },
  };
}
