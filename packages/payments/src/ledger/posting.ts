/** What is entered in the books. Double entry: what one account gets, others give. */
import { isStorableText } from "@revops/core";
import { paymentsErrors } from "../errors.ts";

/** One side of a posting. */
export interface PostingEntry {
  /** `stripe:balance`, `seller:usr_…`: lower-case words, ids after a colon. */
  readonly account: string;
  /** Minor units, a safe integer: positive is a debit, negative a credit. */
  readonly amount: number;
}

/** A balanced set of entries in one currency. */
export interface Posting {
  /** Unique for ever; a second posting of the same id changes nothing. */
  readonly id: string;
  /** When it happened, which may be before it is recorded. */
  readonly at: Date;
  /** `charge`, `refund`, `commission`, `payout` … */
  readonly kind: string;
  /** What it is about: an order, an invoice, a payment. */
  readonly reference: string;
  /** ISO 4217 in lower case. */
  readonly currency: string;
  /** Their amounts sum to 0. Entries of 0 are left out. */
  readonly entries: readonly PostingEntry[];
}

const accountPattern = /^[a-z][a-z0-9_]*(:[A-Za-z0-9_-]+)*$/;
const maxName = 200;

/** @throws `invalid_posting`, or `unbalanced_posting` when the amounts do not sum to 0 */
export function checkPosting({ id, at, kind, reference, currency, entries }: Posting): void {
  for (const name of [id, kind, reference]) {
    if (name === "" || name.length > maxName || !isStorableText(name)) {
      throw refuse(`An id, a kind and a reference have 1 to ${maxName} characters.`);
    }
  }
  if (!/^[a-z]{3}$/.test(currency)) throw refuse("A currency is its three-letter ISO 4217 code in lower case.");
  if (Number.isNaN(at.getTime())) throw refuse("A posting has a time.");
  let sum = 0n;
  for (const { account, amount } of entries) {
    if (account.length > maxName || !accountPattern.test(account)) throw refuse(`"${account}" is no account.`);
    if (!Number.isSafeInteger(amount)) throw refuse("An amount is a whole number of the currency's minor unit.");
    sum += BigInt(amount);
  }
  if (sum !== 0n) {
    throw paymentsErrors.unbalanced_posting({
      detail: `The entries of "${id}" sum to ${sum}, not to 0.`,
      fields: { postingId: id, sum: Number(sum) },
    });
  }
}

function refuse(detail: string): Error {
  return paymentsErrors.invalid_posting({ detail });
}
