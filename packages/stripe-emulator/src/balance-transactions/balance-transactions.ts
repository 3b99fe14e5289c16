import type Stripe from "stripe";
import { createIdentifier } from "../identifiers.ts";
import { need, type Scope } from "../scope.ts";
import { createdParameters, page } from "../server/pages.ts";
import { text } from "../server/parameters.ts";
import { type Route, route } from "../server/route.ts";
import { readBalance } from "./balance.ts";

/** How long the money of a card payment is under way. */
const twoDays = 2 * 86_400;

export interface BalanceEntry {
  type: Stripe.BalanceTransaction.Type;
  /** Minor units; negative when money goes. */
  amount: number;
  fee: number;
  currency: string;
  source: string;
  description: string | null;
  /** Unix seconds. Money that comes in is available after two days, what goes out is gone at once. */
  availableOn?: number | undefined;
  /** How reports group it, where that is not the type. */
  category?: string | undefined;
}

/** Enters money that came or went into the account's balance. */
export function recordBalance(scope: Scope, entry: BalanceEntry): Stripe.BalanceTransaction {
  const { type, amount, fee, currency, source, description } = entry;
  return scope.objects.insert("balance_transaction", {
    id: createIdentifier("txn"),
    object: "balance_transaction",
    amount,
    available_on: entry.availableOn ?? (amount > 0 ? scope.now + twoDays : scope.now),
    balance_type: "payments",
    created: scope.now,
    currency,
    description,
    exchange_rate: null,
    fee,
    fee_details:
      fee === 0
        ? []
        : [
            {
              amount: fee,
              application: null,
              currency,
              description: type === "adjustment" ? "Dispute fee" : "Stripe processing fees",
              type: "stripe_fee",
            },
          ],
    net: amount - fee,
    reporting_category: entry.category ?? type,
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
  route({ method: "get", path: "/v1/balance", parameters: {}, handle: ({ scope }) => readBalance(scope) }),
  route({
    method: "get",
    path: "/v1/balance_transactions",
    parameters: { ...createdParameters, currency: text(3), source: text(), type: text() },
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
