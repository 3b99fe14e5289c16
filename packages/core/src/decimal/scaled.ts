/**
 * Decimals as integers in the smallest unit, which both databases store and add exactly: with 3 decimals, 1.5 is 1,500.
 */
import type { DecimalInput } from "./decimal.ts";
import { decimalErrors } from "./errors.ts";
import { readExact } from "./exact.ts";

// Up to 15, so that one whole unit is still a safe integer.
const powers = Array.from({ length: 16 }, (_, decimals) => Number(`1e${decimals}`));

/**
 * The exact integer in units of 10^-decimals. Whole numbers, which nearly all metered quantities are, take no decimal
 * arithmetic.
 *
 * @param decimals 0 to 15
 * @throws `too_precise` if digits would be lost, `out_of_range` beyond `Number.MAX_SAFE_INTEGER`, `invalid_decimal`
 * @example toScaled("1.5", 3) // 1500
 */
export function toScaled(value: DecimalInput, decimals: number): number {
  const power = powerOf(decimals);
  if (typeof value === "number" && Number.isSafeInteger(value)) return safe(value * power);
  const text = readExact(value).times(readExact(power)).toString();
  if (text.includes(".")) {
    throw decimalErrors.too_precise({
      detail: `At most ${decimals} decimal places are counted.`,
      fields: { decimals },
    });
  }
  return safe(Number(text));
}

/**
 * The canonical text of a scaled integer: no zeros at the end, no exponent, no "-0".
 * @throws `out_of_range` if it is no safe integer, so was rounded already; `invalid_decimal` for decimals beyond 0 to 15
 * @example fromScaled(1500, 3) // "1.5"
 */
export function fromScaled(scaled: number, decimals: number): string {
  powerOf(decimals);
  const whole = safe(scaled);
  if (decimals === 0) return String(whole);
  const digits = String(Math.abs(whole)).padStart(decimals + 1, "0");
  const fraction = digits.slice(-decimals).replace(/0+$/, "");
  return `${whole < 0 ? "-" : ""}${digits.slice(0, -decimals)}${fraction === "" ? "" : `.${fraction}`}`;
}

/**
 * The number nearest to a scaled integer, for a JSON answer or a chart; nothing is computed from it again.
 * @throws as {@link fromScaled}
 * @example scaledToNumber(1500, 3) // 1.5
 */
export function scaledToNumber(scaled: number, decimals: number): number {
  // Both are exact, and IEEE 754 rounds a quotient to the nearest double: the same as reading the text.
  return safe(scaled) / powerOf(decimals);
}

function powerOf(decimals: number): number {
  const power = powers[decimals];
  if (power === undefined) throw decimalErrors.invalid_decimal({ detail: "The scale is a whole number from 0 to 15." });
  return power;
}

/** A product or text beyond the safe integers was rounded, but never to a safe one: rounding keeps the order. */
function safe(scaled: number): number {
  if (Number.isSafeInteger(scaled)) return scaled === 0 ? 0 : scaled;
  throw decimalErrors.out_of_range({ detail: "The number is beyond what is counted exactly." });
}
