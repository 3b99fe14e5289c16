/** What is accepted as a number, and the private big.js that holds it. Nothing outside this folder sees big.js. */
import Big from "big.js";
import { decimalErrors } from "./errors.ts";

/** Digits before and behind the point together, written out: no exponent makes a number that fills the memory. */
const maxDigits = 40;
const maxTextLength = 64;

// A constructor of our own: big.js keeps its settings on the constructor, and another package may change those of its default.
const Exact = Big();
Exact.strict = true; // no number gets in unnoticed
Exact.NE = -1e6;
Exact.PE = 1e6; // never exponent notation
Object.freeze(Exact);

// The number of JSON (RFC 8259 §6): one way to write a value, so "1_000", ".5", "0x10", " 1" and "١" are refused.
const jsonNumber = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?$/;

/**
 * Reads what `decimal` accepts.
 * @throws `invalid_decimal`, `out_of_range`
 */
export function readExact(value: unknown): Big {
  if (value instanceof Exact) return value;
  if (typeof value !== "string" && typeof value !== "number" && typeof value !== "bigint") {
    throw decimalErrors.invalid_decimal({ detail: `A decimal cannot be read from ${typeof value}.` });
  }
  // A bigint of millions of digits takes seconds to write, so its size is looked at first.
  if (typeof value === "bigint" && BigInt.asIntN(256, value) !== value) throw tooLong();
  const text = String(value);
  if (text.length > maxTextLength) throw tooLong();
  if (!jsonNumber.test(text)) {
    throw decimalErrors.invalid_decimal({ detail: `${JSON.stringify(text)} is no decimal number.` });
  }
  const number = new Exact(text);
  const whole = Math.max(number.e + 1, 1);
  const places = Math.max(number.c.length - 1 - number.e, 0);
  if (whole + places > maxDigits) throw tooLong();
  return number;
}

function tooLong() {
  return decimalErrors.out_of_range({ detail: `A number has at most ${maxDigits} digits.` });
}
