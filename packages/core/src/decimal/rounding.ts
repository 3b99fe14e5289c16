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

function roundedInteger(value: Big, rounding: Rounding): number {
  const rounded = Number(value.round(0, modes[rounding]).toString());
  if (!Number.isSafeInteger(rounded)) {
    throw decimalErrors.out_of_range({ detail: "The amount is beyond what is counted exactly." });
  }
  return rounded === 0 ? 0 : rounded;
}
