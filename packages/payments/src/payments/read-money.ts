/** What a payment intent did to Stripe's balance: its charge, and what went back. */
import { money } from "@revops/core";
import type Stripe from "stripe";
import { idOf } from "../gateway/objects.ts";
import { ask, readOrNull } from "../gateway/refusal.ts";
import type { TransactionContext } from "../ledger/transactions.ts";

export interface IntentMoney {
  /** Null while nothing was taken. */
  readonly charged: Stripe.BalanceTransaction | null;
  readonly refunds: readonly RefundMoney[];
  readonly revenue: NonNullable<TransactionContext["revenue"]>;
  /** The invoice that it pays, if it pays one. */
  readonly stripeInvoiceId: string | null;
}

export interface RefundMoney {
  readonly refund: Stripe.Refund;
  readonly transactions: readonly Stripe.BalanceTransaction[];
}

const transactionOf = (value: string | Stripe.BalanceTransaction | null | undefined) =>
  typeof value === "object" ? value : null;

export interface Known {
  /** Whether the intent is of a payment of ours, and so of no invoice. */
  readonly ours: boolean;
  /** Whether we know refunds of it: one that failed is not counted in the charge any more. */
  readonly refunds: boolean;
}

/** @param intent with `latest_charge.balance_transaction` expanded */
export async function readMoney(stripe: Stripe, intent: Stripe.PaymentIntent, known: Known): Promise<IntentMoney> {
  const charge = typeof intent.latest_charge === "object" ? intent.latest_charge : null;
  const charged = transactionOf(charge?.balance_transaction);
  const refunds = charge && (known.refunds || charge.amount_refunded > 0) ? await readRefunds(stripe, intent.id) : [];
  const stripeInvoiceId = known.ours || charged === null ? null : await invoiceOf(stripe, intent.id);
  const revenue = stripeInvoiceId === null ? "revenue:payments" : "revenue:subscriptions";
  return { charged, refunds, revenue, stripeInvoiceId };
}

async function readRefunds(stripe: Stripe, intentId: string): Promise<RefundMoney[]> {
  const found: RefundMoney[] = [];
  const list = stripe.refunds.list({ payment_intent: intentId, limit: 100, expand: ["data.balance_transaction"] });
  const refunds = await ask(list.autoPagingToArray({ limit: 10_000 }));
  for (const refund of refunds) {
    const failure = idOf(refund.failure_balance_transaction);
    const failed = failure === null ? null : await readOrNull(stripe.balanceTransactions.retrieve(failure));
    const transactions = [transactionOf(refund.balance_transaction), failed].filter((one) => one !== null);
    found.push({ refund, transactions });
  }
  return found;
}

async function invoiceOf(stripe: Stripe, intentId: string): Promise<string | null> {
  const payment = { type: "payment_intent" as const, payment_intent: intentId };
  const found = await ask(stripe.invoicePayments.list({ payment, limit: 1 }));
  return idOf(found.data[0]?.invoice);
}

/** The amount of a charge or refund in the payer's currency; a refund's is negative. */
export const presentedCharge = ({ amount_received: amount, currency }: Stripe.PaymentIntent) => money(amount, currency);
