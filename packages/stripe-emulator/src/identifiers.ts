import { randomBytes } from "node:crypto";

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** Random text in Stripe's alphabet. 248 is the largest multiple of 62 in a byte: larger bytes would favour some letters. */
export function randomText(length: number): string {
  let text = "";
  while (text.length < length) {
    for (const byte of randomBytes(length * 2)) {
      if (byte < 248 && text.length < length) text += alphabet[byte % 62];
    }
  }
  return text;
}

/** Where an id is shorter than usual, and how long it is. */
const lengths: Readonly<Record<string, number>> = { acct: 16, cus: 14, prod: 14, si: 14 };

/** An id as Stripe makes them: `cus_` and 14 characters, `pi_` and 24 … */
export function createIdentifier(prefix: string): string {
  return `${prefix}_${randomText(lengths[prefix] ?? 24)}`;
}
