/** Exact decimals for quantities and unit prices: 0.1 + 0.2 is 0.3. Amounts of money are integers, see `money.ts`. */
import { readExact } from "./exact.ts";

/**
 * An exact, immutable decimal number. There is no division, whose result would have to be rounded unasked, and `<` throws
 * instead of comparing floats. Its JSON and string form is the canonical one: "1.5", "0", "-20", never "1e3".
 */
export interface Decimal {
  plus(other: Decimal): Decimal;
  minus(other: Decimal): Decimal;
  times(other: Decimal): Decimal;
  neg(): Decimal;
  abs(): Decimal;
  /** -1, 0 or 1, for sorting. */
  cmp(other: Decimal): -1 | 0 | 1;
  eq(other: Decimal): boolean;
  lt(other: Decimal): boolean;
  lte(other: Decimal): boolean;
  gt(other: Decimal): boolean;
  gte(other: Decimal): boolean;
  toString(): string;
  toJSON(): string;
}

/** What is read as a {@link Decimal}. A float is taken as JavaScript writes it: 0.1 is 0.1. */
export type DecimalInput = Decimal | string | number | bigint;

/**
 * Reads an exact decimal.
 *
 * @throws `invalid_decimal` for anything but a finite number as JSON writes it; `out_of_range` beyond 40 digits, those
 *   before and behind the point together
 * @example decimal("0.1").plus(decimal("0.2")).toString() // "0.3"
 */
export function decimal(value: DecimalInput): Decimal {
  // big.js's methods take more than a Decimal (strings, bigints), which TypeScript does not call the same type.
  return readExact(value) as Decimal;
}
