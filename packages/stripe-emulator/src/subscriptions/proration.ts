import { divideRounded } from "../prices/decimals.ts";

/**
 * The part of an amount that falls on the rest of a period, to the second, rounded once to the minor unit.
 * Source: https://docs.stripe.com/billing/subscriptions/prorations
 */
export function restOf(amount: bigint, at: number, period: { start: number; end: number }): number {
  const left = BigInt(Math.max(0, period.end - Math.max(at, period.start)));
  return Number(divideRounded(amount * left, BigInt(period.end - period.start)));
}
