/**
 * Stripe's balance transactions as postings: each gets exactly one, so that the books can be compared with Stripe's line
 * by line. https://docs.stripe.com/reports/balance-transaction-types
 */
import type { Money } from "@revops/core";
import type Stripe from "stripe";
import { fromUnix } from "../gateway/objects.ts";
import type { Posting } from "./posting.ts";

/** What is known of a transaction beside what it says itself. */
export interface TransactionContext {
  /** What it is about, in the caller's words where there are any. */
  readonly reference: string;
  /** Where charged money is earned. */
  readonly revenue?: "revenue:subscriptions" | "revenue:payments" | undefined;
  /** The amount in the payer's currency; it differs from the transaction's when Stripe exchanged it. */
  readonly presented?: Money | undefined;
}

export const stripeBalance = "stripe:balance";
export const stripeFees = "stripe:fees";
/** Between two currencies: what went in in one came out in the other. */
const exchange = "stripe:exchange";

/** The id of the posting of a balance transaction. */
export const postingIdOf = (transactionId: string): string => `txn:${transactionId}`;

const accounts: Readonly<Record<string, string>> = {
  refund: "refunds",
  refund_failure: "refunds",
  payment_refund: "refunds",
  payment_failure_refund: "refunds",
  payment_reversal: "refunds",
  transfer: "payouts:in_transit",
  transfer_refund: "payouts:in_transit",
  transfer_cancel: "payouts:in_transit",
  transfer_failure: "payouts:in_transit",
  payout: "bank",
  payout_cancel: "bank",
  payout_failure: "bank",
  topup: "bank",
  topup_reversal: "bank",
  stripe_fee: stripeFees,
  stripe_fx_fee: stripeFees,
  tax_fee: stripeFees,
};

function accountOf({ type, reporting_category: category }: Stripe.BalanceTransaction, context: TransactionContext) {
  if (type === "charge" || type === "payment") return context.revenue ?? "revenue:payments";
  // https://docs.stripe.com/reports/reporting-categories: disputes are adjustments.
  if (category.startsWith("dispute") || type === "adjustment") return "disputes";
  return accounts[type] ?? "stripe:other";
}

/** One posting, or two when Stripe exchanged the money: one in each currency. */
export function postingsOf(transaction: Stripe.BalanceTransaction, context: TransactionContext): Posting[] {
  const { id, type, amount, fee, net, currency, created } = transaction;
  const { reference, presented } = context;
  const account = accountOf(transaction, context);
  const exchanged = presented !== undefined && presented.currency !== currency;
  const base = { kind: type, reference, at: fromUnix(created) };
  const settled: Posting = {
    ...base,
    id: postingIdOf(id),
    currency,
    entries: [
      { account: stripeBalance, amount: net },
      { account: stripeFees, amount: fee },
      { account: exchanged ? exchange : account, amount: -amount },
    ],
  };
  if (!exchanged) return [settled];
  const entries = [
    { account: exchange, amount: presented.amount },
    { account, amount: -presented.amount },
  ];
  return [settled, { ...base, id: `${postingIdOf(id)}:exchange`, currency: presented.currency, entries }];
}
