import { money } from "@revops/core";
import type Stripe from "stripe";
import { expect, test } from "vitest";
import { checkPosting } from "./posting.ts";
import { postingsOf } from "./transactions.ts";

function transaction(type: string, amount: number, fee: number, category = type): Stripe.BalanceTransaction {
  return {
    id: "txn_1",
    object: "balance_transaction",
    amount,
    available_on: 1_700_172_800,
    balance_type: "payments",
    created: 1_700_000_000,
    currency: "usd",
    description: null,
    exchange_rate: null,
    fee,
    fee_details: [],
    net: amount - fee,
    reporting_category: category,
    source: "ch_1",
    status: "pending",
    type,
  };
}
const sides = (postings: ReturnType<typeof postingsOf>) =>
  postings.map(({ currency, entries }) =>
    [currency, ...entries.filter(({ amount }) => amount !== 0).map((e) => `${e.account} ${e.amount}`)].join(", "),
  );

test.for([
  ["charge", 900, 56, "charge", "usd, stripe:balance 844, stripe:fees 56, revenue:payments -900"],
  ["refund", -400, 0, "refund", "usd, stripe:balance -400, refunds 400"],
  ["refund_failure", 400, 0, "refund_failure", "usd, stripe:balance 400, refunds -400"],
  ["adjustment", -900, 1_500, "dispute", "usd, stripe:balance -2400, stripe:fees 1500, disputes 900"],
  ["adjustment", 900, -1_500, "dispute_reversal", "usd, stripe:balance 2400, stripe:fees -1500, disputes -900"],
  ["transfer", -700, 0, "transfer", "usd, stripe:balance -700, payouts:in_transit 700"],
  ["transfer_refund", 700, 0, "transfer_reversal", "usd, stripe:balance 700, payouts:in_transit -700"],
  ["payout", -100, 0, "payout", "usd, stripe:balance -100, bank 100"],
  ["stripe_fee", -25, 0, "fee", "usd, stripe:balance -25, stripe:fees 25"],
  ["climate_order_purchase", -5, 0, "climate_order_purchase", "usd, stripe:balance -5, stripe:other 5"],
] as const)("%s of %i", ([type, amount, fee, category, expected]) => {
  const postings = postingsOf(transaction(type, amount, fee, category), { reference: "order-1" });
  for (const posting of postings) checkPosting(posting);
  expect(sides(postings)).toEqual([expected]);
  expect(postings).toMatchObject([{ id: "txn:txn_1", kind: type, reference: "order-1" }]);
});

test("money that Stripe exchanged is balanced in each of its currencies", () => {
  const context = { reference: "order-1", presented: money(1_000, "eur"), revenue: "revenue:subscriptions" } as const;
  const postings = postingsOf(transaction("charge", 1_080, 61), context);
  for (const posting of postings) checkPosting(posting);
  expect(sides(postings)).toEqual([
    "usd, stripe:balance 1019, stripe:fees 61, stripe:exchange -1080",
    "eur, stripe:exchange 1000, revenue:subscriptions -1000",
  ]);
  expect(postings.map(({ id }) => id)).toEqual(["txn:txn_1", "txn:txn_1:exchange"]);
});
