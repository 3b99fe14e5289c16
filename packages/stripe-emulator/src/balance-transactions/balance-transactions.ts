import type Stripe from "stripe";
import { createIdentifier } from "../identifiers.ts";
import { need, type Scope } from "../scope.ts";
import { createdParameters, page } from "../server/pages.ts";
import { oneOf, text } from "../server/parameters.ts";
import { type Route, route } from "../server/route.ts";

const twoDays = 2 * 86_400;

/** Enters money that came or went into the account's balance. `amount` is negative when it goes. */
export function recordBalance(
  scope: Scope,
  entry: {
    type: "charge" | "refund";
    amount: number;
    fee: number;
    currency: string;
    source: string;
    description: string | null;
  },
): Stripe.BalanceTransaction {
  const { type, amount, fee, currency, source, description } = entry;
  return scope.objects.insert("balance_transaction", {
    id: createIdentifier("txn"),
    object: "balance_transaction",
    amount,
    available_on: scope.now + twoDays,
    balance_type: "payments",
    created: scope.now,
    currency,
    description,
    exchange_rate: null,
    fee,
    fee_details:
      fee === 0
        ? []
        : [{ amount: fee, application: null, currency, description: "Stripe processing fees", type: "stripe_fee" }],
    net: amount - fee,
    reporting_category: type,
    source,
    status: "pending",
    type,
  });
}

/** Money becomes available by the clock, not by an event: worked out when it is read. */
function withStatus(scope: Scope, transaction: Stripe.BalanceTransaction): Stripe.BalanceTransaction {
  return { ...transaction, status: transaction.available_on <= scope.now ? "available" : "pending" };
}

export const balanceTransactionRoutes: readonly Route[] = [
  route({
    method: "get",
    path: "/v1/balance_transactions",
    parameters: { ...createdParameters, currency: text(3), source: text(), type: oneOf("charge", "refund") },
    handle({ scope, params }) {
      const { currency, source, type } = params;
      const found = page(scope, "balance_transaction", params, { currency, source, type }, "/v1/balance_transactions");
      return { ...found, data: found.data.map((one) => withStatus(scope, one)) };
    },
  }),
  route({
    method: "get",
    path: "/v1/balance_transactions/:id",
    parameters: {},
    handle: ({ scope, id }) => withStatus(scope, need(scope, "balance_transaction", id)),
  }),
];
