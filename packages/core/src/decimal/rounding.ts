/** From an exact decimal to whole minor units: the one place where money is rounded. */
import Big from "big.js";
import type { DecimalInput } from "./decimal.ts";
import { decimalErrors } from "./errors.ts";
import { readExact } from "./exact.ts";

/**
 * How the part behind the point goes. All go by magnitude, so that a credit mirrors the charge it takes back:
 * `half-up` away from zero at one half, `half-even` to the even neighbour there, `up` always away from zero,
 * `down` always towards it.
 */
export type Rounding = "half-up" | "half-even" | "up" | "down";

const modes: Readonly<Record<Rounding, Big.RoundingMode>> = {
  down: Big.roundDown,
  "half-up": Big.roundHalfUp,
  "half-even": Big.roundHalfEven,
  up: Big.roundUp,
};

/**
 * Rounds to a whole number of minor units. Sum first and round once: each rounding of a line is another cent of difference.
 * @throws `out_of_range` beyond the safe integers, and as `decimal`
 * @example toMinorUnits("2.5", "half-even") // 2
 */
export function toMinorUnits(value: DecimalInput, rounding: Rounding): number {
  if (typeof value === "number" && Number.isSafeInteger(value)) return value === 0 ? 0 : value;
  return roundedInteger(readExact(value), rounding);
}

/**
 * The price of a quantity in whole minor units, rounded once.
 * @param unitPrice in minor units, with a fraction of them if need be: "0.25" is a quarter of a cent
 * @throws `out_of_range` beyond the safe integers, and as `decimal`
 * @example multiplyToMinorUnits(1_001, "0.25", "half-up") // 250
 */
export function multiplyToMinorUnits(quantity: DecimalInput, unitPrice: DecimalInput, rounding: Rounding): number {
  if (typeof quantity === "number" && typeof unitPrice === "number") {
    const product = quantity * unitPrice;
    // Integers whose product is safe were multiplied exactly.
    if (Number.isInteger(quantity) && Number.isInteger(unitPrice) && Number.isSafeInteger(product)) {
      return product === 0 ? 0 : product;
    }
  }
  return roundedInteger(readExact(quantity).times(readExact(unitPrice)), rounding);
}

/**
 * A part of an amount in whole minor units, rounded once: `value × part / whole`, without a division that would not be exact.
 * @param part and `whole`, such as seconds of a period; `whole` is positive
 * @throws `out_of_range` beyond the safe integers or for a `whole` that is not positive, and as `decimal`
 * @example shareToMinorUnits(2_900, 15n, 31n, "half-up") // 1403
 */
export function shareToMinorUnits(value: DecimalInput, part: bigint, whole: bigint, rounding: Rounding): number {
  if (whole <= 0n) throw decimalErrors.out_of_range({ detail: "A share is of something positive." });
  const [digits = "", fraction = ""] = readExact(value).toString().split(".");
  const numerator = BigInt(digits + fraction) * part;
  const quotient = dividedInteger(numerator, whole * 10n ** BigInt(fraction.length), rounding);
  return roundedInteger(readExact(quotient), rounding);
}

/** By magnitude, as {@link Rounding} says. */
function dividedInteger(numerator: bigint, denominator: bigint, rounding: Rounding): bigint {
  const magnitude = numerator < 0n ? -numerator : numerator;
  const [quotient, rest] = [magnitude / denominator, magnitude % denominator];
  const half = 2n * rest - denominator;
  const away =
    rounding === "up"
      ? rest > 0n
      : rounding === "half-up"
        ? half >= 0n
        : rounding === "half-even"
          ? half > 0n || (half === 0n && quotient % 2n === 1n)
          : false;
  const rounded = away ? quotient + 1n : quotient;
  return numerator < 0n ? -rounded : rounded;
}

function roundedInteger(value: Big, rounding: Rounding): number {
  const rounded = Number(value.round(0, modes[rounding]).toString());
  if (!Number.isSafeInteger(rounded)) {
    throw decimalErrors.out_of_range({ detail: "The amount is beyond what is counted exactly." });
  }
  return rounded === 0 ? 0 : rounded;
}
