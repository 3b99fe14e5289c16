/** The books beside Stripe's: every balance transaction, and the balance of each currency. */
import type { Database } from "@revops/database";
import type Stripe from "stripe";
import { ask } from "../gateway/refusal.ts";
import type { LedgerDifference } from "./difference.ts";
import type { LedgerStore } from "./store.ts";
import { postingIdOf, postingsOf, stripeBalance, stripeFees } from "./transactions.ts";

const pageSize = 100;

/** What a balance transaction does to the balance, and the fees that Stripe kept of it. */
interface Sides {
  readonly balance: number;
  readonly fees: number;
  readonly currency: string;
}

export function createStripeComparison(options: {
  readonly database: Database;
  readonly stripe: Stripe;
  readonly store: LedgerStore;
}): () => Promise<LedgerDifference[]> {
  const { database, stripe, store } = options;

  async function comparePage(page: readonly Stripe.BalanceTransaction[]): Promise<LedgerDifference[]> {
    const booked = await store.sidesOf(
      database,
      page.map(({ id }) => postingIdOf(id)),
    );
    return page.flatMap((transaction) => differencesOf(transaction, booked.get(postingIdOf(transaction.id))));
  }

  async function compareBalances(): Promise<LedgerDifference[]> {
    const balance = await ask(stripe.balance.retrieve());
    const expected = new Map<string, number>();
    for (const { amount, currency } of [...balance.available, ...balance.pending]) {
      expected.set(currency, (expected.get(currency) ?? 0) + amount);
    }
    for (const currency of await store.currenciesOf(database, stripeBalance)) {
      if (!expected.has(currency)) expected.set(currency, 0);
    }
    const differences: LedgerDifference[] = [];
    for (const [currency, theirs] of expected) {
      const actual = await store.balance(database, stripeBalance, currency);
      if (actual === theirs) continue;
      const kind = "stripe_balance_differs" as const;
      differences.push({ kind, subject: stripeBalance, currency, expected: theirs, actual });
    }
    return differences;
  }

  return async () => {
    const differences: LedgerDifference[] = [];
    const seen = new Set<string>();
    let page: Stripe.BalanceTransaction[] = [];
    const flush = async () => {
      differences.push(...(await comparePage(page)));
      page = [];
    };
    const list = stripe.balanceTransactions.list({ limit: pageSize });
    await ask(
      list.autoPagingEach(async (transaction) => {
        seen.add(postingIdOf(transaction.id));
        page.push(transaction);
        if (page.length === pageSize) await flush();
      }),
    );
    await flush();
    for await (const posting of store.stripePostings(database)) {
      if (seen.has(posting.id)) continue;
      const { id: subject, currency, balance: actual } = posting;
      differences.push({ kind: "stripe_transaction_unknown", subject, currency, expected: 0, actual });
    }
    return [...differences, ...(await compareBalances())];
  };
}

function differencesOf(transaction: Stripe.BalanceTransaction, actual: Sides | undefined): LedgerDifference[] {
  const { id: subject, currency } = transaction;
  const expected = sidesOf(transaction);
  if (!actual) {
    return [{ kind: "stripe_transaction_missing", subject, currency, expected: expected.balance, actual: 0 }];
  }
  const differences: LedgerDifference[] = [];
  for (const side of ["balance", "fees"] as const) {
    if (expected[side] === actual[side] && currency === actual.currency) continue;
    const kind = "stripe_transaction_differs" as const;
    differences.push({ kind, subject, currency, expected: expected[side], actual: actual[side] });
  }
  return differences;
}

function sidesOf(transaction: Stripe.BalanceTransaction): Sides {
  const [posting] = postingsOf(transaction, { reference: transaction.id });
  const sum = (name: string) =>
    (posting?.entries ?? []).reduce((total, { account, amount }) => (account === name ? total + amount : total), 0);
  return { balance: sum(stripeBalance), fees: sum(stripeFees), currency: transaction.currency };
}
