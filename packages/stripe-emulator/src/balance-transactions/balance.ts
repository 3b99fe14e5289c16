import type Stripe from "stripe";
import { invalidRequest } from "../errors.ts";
import type { Scope } from "../scope.ts";

/** What an account may send on now, in minor units: all that came and went, but for what is still under way. */
function availableBalance(scope: Scope, currency: string): number {
  return scope.objects.total("balance_transaction", "net", { currency, available_on: { lte: scope.now } });
}

/** Refuses to send more than is available. Source: https://docs.stripe.com/connect/account-balances */
export function checkAvailable(scope: Scope, amount: number, currency: string, message: string): void {
  if (availableBalance(scope, currency) < amount) throw invalidRequest(message, { code: "balance_insufficient" });
}

/** The balance by currency. Source: https://docs.stripe.com/api/balance/balance_object */
export function readBalance(scope: Scope): Stripe.Balance {
  const currencies = new Set(scope.objects.distinct("balance_transaction", "currency"));
  if (currencies.size === 0) currencies.add("usd");
  const available: Stripe.Balance.Available[] = [];
  const pending: Stripe.Balance.Pending[] = [];
  for (const currency of [...currencies].sort()) {
    const now = availableBalance(scope, currency);
    const later = scope.objects.total("balance_transaction", "net", { currency }) - now;
    available.push({ amount: now, currency, source_types: { card: now } });
    pending.push({ amount: later, currency, source_types: { card: later } });
  }
  return { object: "balance", available, livemode: false, pending };
}
