/** Telling "no" from "who knows". */
import { isRevopsError } from "@revops/core";

/** The codes of the ports that mean: no money was moved, and none will be. */
const refusals: ReadonlySet<string> = new Set([
  "card_declined",
  "insufficient_funds",
  "authentication_required",
  "payment_required",
  "payment_method_not_found",
  "invalid_amount",
  "stripe_rejected",
  // Of a refund.
  "payment_not_found",
  "payment_not_refundable",
]);

/**
 * Whether a failed charge ends its order. After anything else (a time-out, a lost connection) money may have been taken:
 * the order stays pending, and the next try asks about the same charge instead of making another.
 */
export function isRefusal(error: unknown): boolean {
  return isRevopsError(error) && refusals.has(error.code);
}
