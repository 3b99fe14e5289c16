/** How a check of a catalog says no. */
import { type DecimalInput, decimal, isRevopsError, isStorableText, type RevopsError, toScaled } from "@revops/core";
import { saasErrors } from "../errors.ts";

// Ids stand in URLs, JSON, lookup keys at Stripe and rows.
const idPattern = /^[a-z][a-z0-9_]{0,63}$/;

export function invalid(detail: string): RevopsError<"invalid_plans"> {
  return saasErrors.invalid_plans({ detail });
}

export function checkId(kind: string, id: string): string {
  if (!idPattern.test(id)) throw invalid(`The ${kind} id "${id}" is not of the form a-z, 0-9 and _.`);
  return id;
}

/** Runs a check of another package and says what it was about. */
export function unless<T>(what: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    const reason = isRevopsError(error) ? error.message : String(error);
    throw saasErrors.invalid_plans({ detail: `${what}: ${reason}`, cause: error });
  }
}

/** A canonical decimal that is not negative, exact in `decimals` places. */
export function checkQuantity(what: string, value: DecimalInput, decimals: number): string {
  unless(what, () => toScaled(value, decimals));
  return checkPrice(what, value);
}

/** A canonical decimal that is not negative. */
export function checkPrice(what: string, value: DecimalInput): string {
  const exact = unless(what, () => decimal(value));
  if (exact.lt(decimal(0))) throw invalid(`${what} is negative.`);
  return exact.toString();
}

/** Minor units of money: a whole number that is not negative. */
export function checkAmount(what: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw invalid(`${what} must be a whole number of minor units, not negative.`);
}

export function checkDays(what: string, value: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= 3_650) return value;
  throw invalid(`${what} must be a whole number of days from 0 to 3,650.`);
}

export function checkName(what: string, name: string): string {
  if (typeof name === "string" && name !== "" && name.length <= 200 && isStorableText(name)) return name;
  throw invalid(`${what} must have a name of 1 to 200 characters.`);
}

/** A subject's statement adds up what its tier, its add-ons and its own price say: in one currency. */
export function checkCurrency(what: string, currency: string, ofPlans: string | undefined): void {
  if (currency !== ofPlans) throw invalid(`${what} is priced in ${currency}; the plans are in ${ofPlans}.`);
}
