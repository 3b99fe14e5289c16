import { divideRounded } from "../prices/decimals.ts";

/** Something that a discount may lower, in minor units. */
export interface Reducible {
  amount: number;
  discountable: boolean;
  product: string | null;
}
/** What a coupon takes off; `products` null is any. */
export interface Reduction {
  percentOff: number | null;
  amountOff: number | null;
  products: readonly string[] | null;
}

/**
 * What each reduction takes off each line, in minor units: one after another, each from what the ones before it left.
 * A percentage is rounded on each line; an amount is shared out by the lines' amounts and never more than they are.
 * Source: https://docs.stripe.com/billing/subscriptions/coupons
 */
export function reduce(lines: readonly Reducible[], reductions: readonly Reduction[]): number[][] {
  const left = lines.map((line) => (line.discountable ? Math.max(0, line.amount) : 0));
  return reductions.map(({ percentOff, amountOff, products }) => {
    const eligible = lines.map((line, index) =>
      products === null || (line.product !== null && products.includes(line.product)) ? (left[index] ?? 0) : 0,
    );
    const off =
      percentOff === null ? share(eligible, amountOff ?? 0) : eligible.map((one) => percentage(one, percentOff));
    for (const [index, amount] of off.entries()) left[index] = (left[index] ?? 0) - amount;
    return off;
  });
}

/** Percentages have up to two places: 12.5 is 1250 of 10000. */
function percentage(amount: number, percent: number): number {
  return Number(divideRounded(BigInt(amount) * BigInt(Math.round(percent * 100)), 10_000n));
}

/** Shares out an amount so that the parts sum to it exactly: what rounding leaves goes to the largest remainders. */
function share(parts: readonly number[], amount: number): number[] {
  const whole = parts.reduce((sum, part) => sum + part, 0);
  const total = Math.min(amount, whole);
  if (total === 0) return parts.map(() => 0);
  const shares = parts.map((part) => Number((BigInt(part) * BigInt(total)) / BigInt(whole)));
  let rest = total - shares.reduce((sum, one) => sum + one, 0);
  const byRemainder = parts
    .map((part, index) => ({ index, remainder: (BigInt(part) * BigInt(total)) % BigInt(whole) }))
    .sort((a, b) => (a.remainder < b.remainder ? 1 : a.remainder > b.remainder ? -1 : a.index - b.index));
  for (const { index } of byRemainder) {
    if (rest === 0) break;
    shares[index] = (shares[index] ?? 0) + 1;
    rest -= 1;
  }
  return shares;
}
