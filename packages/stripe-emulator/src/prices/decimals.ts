import type Stripe from "stripe";

/**
 * Stripe sends decimals as text and the SDK makes its `Decimal` of them. The objects here are what goes over the wire, so
 * the text stands where the SDK's type says `Decimal`.
 */
export function wireDecimal(text: string): Stripe.Decimal {
  return text as unknown as Stripe.Decimal;
}

/** An exact amount: `units / 10^scale` minor units. */
export interface ExactAmount {
  units: bigint;
  scale: number;
}

/** Reads plain decimal text ("1999", "0.25"). */
export function readDecimal(text: string): ExactAmount {
  const [whole = "0", fraction = ""] = text.split(".");
  return { units: BigInt(whole + fraction), scale: fraction.length };
}

/** Divides and rounds to the nearest integer, halves away from zero: how Stripe rounds amounts. */
export function divideRounded(numerator: bigint, denominator: bigint): bigint {
  const negative = numerator < 0n !== denominator < 0n;
  const n = numerator < 0n ? -numerator : numerator;
  const d = denominator < 0n ? -denominator : denominator;
  const quotient = (2n * n + d) / (2n * d);
  return negative ? -quotient : quotient;
}
