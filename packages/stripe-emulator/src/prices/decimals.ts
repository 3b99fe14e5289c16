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
  const [whole = "0", fraction = ""] = text.replace("-", "").split(".");
  const units = BigInt(whole + fraction);
  return { units: text.startsWith("-") ? -units : units, scale: fraction.length };
}

/** An exact amount as plain text: "12.5", "3". */
export function decimalText({ units, scale }: ExactAmount): string {
  const digits = String(units < 0n ? -units : units).padStart(scale + 1, "0");
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`.replace(/\.?0+$/, "");
  return units < 0n ? `-${text}` : text;
}

/** Adds exactly. */
export function addExact(a: ExactAmount, b: ExactAmount): ExactAmount {
  const scale = Math.max(a.scale, b.scale);
  return { units: a.units * 10n ** BigInt(scale - a.scale) + b.units * 10n ** BigInt(scale - b.scale), scale };
}

/** Divides and rounds to the nearest integer, halves away from zero: how Stripe rounds amounts. */
export function divideRounded(numerator: bigint, denominator: bigint): bigint {
  const negative = numerator < 0n !== denominator < 0n;
  const n = numerator < 0n ? -numerator : numerator;
  const d = denominator < 0n ? -denominator : denominator;
  const quotient = (2n * n + d) / (2n * d);
  return negative ? -quotient : quotient;
}
