/**
 * How a batch is handed to PostgreSQL. Keys come as one run of bytes, 16 for each: an array of them would be sent as
 * hexadecimal text, and take six times as long.
 */
import type { Balance } from "./batch.ts";

/** The n-th key of a run of them. */
export const nth = (run: string, place: string) => `substring(${run}::bytea from ${place}::integer * 16 - 15 for 16)`;

/** An array of numbers as PostgreSQL reads it: the driver would look at each for what is to be escaped. */
export function numbers(values: readonly (number | null)[]): string {
  return `{${values.map((value) => value ?? "null").join(",")}}`;
}

/** The keys of balances as one run. */
export function keysOf(balances: readonly Pick<Balance, "scope">[]): Buffer {
  return Buffer.concat(balances.map(({ scope }) => scope.counterKey));
}
