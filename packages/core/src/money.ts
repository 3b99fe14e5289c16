/** Money is an integer number of the currency's minor unit. No float comes near it. */
import { defineErrors, type ErrorCode } from "./error.ts";

/** `{ amount: 2900, currency: "usd" }` is 29 US dollars; `{ amount: 2900, currency: "jpy" }` is 2,900 yen. */
export interface Money {
  /** Minor units: cents for `usd`, yen for `jpy`. A safe integer, negative for money that goes back. */
  readonly amount: number;
  /** ISO 4217, in lower case as at Stripe. */
  readonly currency: string;
}

export const moneyErrors = defineErrors({
  invalid_money: "The amount of money is not valid",
  currency_mismatch: "Amounts of different currencies cannot be combined",
});
export type MoneyErrorCode = ErrorCode<typeof moneyErrors>;

// https://docs.stripe.com/currencies#zero-decimal and #three-decimal; `ugx` and `isk` are charged with two decimals there.
const zeroDecimal = new Set("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split(" "));
const threeDecimal = new Set("bhd jod kwd omr tnd".split(" "));

/**
 * Makes a checked {@link Money}.
 * @throws `invalid_money` if the amount is no safe integer or the currency is not three letters
 * @example money(2900, "usd")
 */
export function money(amount: number, currency: string): Money {
  if (!Number.isSafeInteger(amount)) {
    throw moneyErrors.invalid_money({ detail: "An amount is a whole number of the currency's minor unit." });
  }
  if (!/^[a-z]{3}$/.test(currency)) {
    throw moneyErrors.invalid_money({ detail: "A currency is its three-letter ISO 4217 code in lower case." });
  }
  return { amount: amount === 0 ? 0 : amount, currency };
}

/**
 * Adds amounts of one currency.
 * @throws `currency_mismatch`, or `invalid_money` when the sum leaves the safe integers
 */
export function addMoney(first: Money, ...rest: readonly Money[]): Money {
  let amount = first.amount;
  for (const next of rest) {
    if (next.currency !== first.currency) {
      throw moneyErrors.currency_mismatch({ detail: `Cannot add ${next.currency} to ${first.currency}.` });
    }
    amount += next.amount;
  }
  return money(amount, first.currency);
}

/** The same amount with the opposite sign. */
export function negateMoney(value: Money): Money {
  return money(-value.amount, value.currency);
}

/** How many decimals the currency's major unit has: 2 for `usd`, 0 for `jpy`, 3 for `kwd`. */
export function minorUnitDecimals(currency: string): 0 | 2 | 3 {
  if (zeroDecimal.has(currency)) return 0;
  return threeDecimal.has(currency) ? 3 : 2;
}

/**
 * Writes an amount for people.
 * @example formatMoney({ amount: 2900, currency: "usd" }) // "$29.00"
 * @example formatMoney({ amount: 2900, currency: "jpy" }) // "¥2,900"
 */
export function formatMoney(value: Money, locale = "en-US"): string {
  const decimals = minorUnitDecimals(value.currency);
  const digits = String(Math.abs(value.amount)).padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = decimals === 0 ? "" : `.${digits.slice(-decimals)}`;
  // A decimal string keeps every digit; Intl has taken one exactly since ECMAScript 2023, which TypeScript's lib types as a template.
  const exact = `${value.amount < 0 ? "-" : ""}${whole}${fraction}` as `${number}`;
  return new Intl.NumberFormat(locale, {
    style: "currency",
    currency: value.currency.toUpperCase(),
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  }).format(exact);
}
