/** Reads what Stripe's errors mean: whose fault it is, and whether the work may have been done all the same. */
import type { RevopsError } from "@revops/core";
import Stripe from "stripe";
import { type PaymentsErrorCode, paymentsErrors } from "../errors.ts";

/** An error of the SDK, understood. */
export interface Refusal {
  readonly error: RevopsError<PaymentsErrorCode>;
  /**
   * `refused`: Stripe did not do it, and says the same when asked again with the same key. `unknown`: it may have been
   * done (no answer, or a 5xx, which Stripe says to treat as such: https://docs.stripe.com/error-low-level).
   */
  readonly outcome: "refused" | "unknown";
  /** A 5xx came: under the same key Stripe will say it again, so that only looking tells whether the work was done. */
  readonly answered: boolean;
  /** The payment intent that a declined payment left behind. */
  readonly paymentIntentId: string | null;
  readonly declineCode: string | null;
}

const authenticationCodes = new Set(["authentication_required", "subscription_payment_intent_requires_action"]);

/** Below the least, or above the most, that Stripe moves in a currency: https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts */
const amountCodes = new Set(["amount_too_small", "amount_too_large"]);

/** Of declines, only one has a code of its own: more money on the card mends it, another card need not. */
export function declineErrorOf(declineCode: string | null): "card_declined" | "insufficient_funds" {
  return declineCode === "insufficient_funds" ? "insufficient_funds" : "card_declined";
}

/** @throws what is no error of the SDK, as it is */
export function readRefusal(error: unknown): Refusal {
  if (!(error instanceof Stripe.errors.StripeError)) throw error;
  const declineCode = error.decline_code ?? (error.type === "StripeCardError" ? (error.code ?? null) : null);
  // A 429 says no to this request alone: one before it under the same key (the SDK repeats by itself) may have been carried out.
  const unknown =
    error.type === "StripeConnectionError" ||
    error.type === "StripeAPIError" ||
    error.type === "StripeRateLimitError" ||
    error.statusCode === 409;
  return {
    error: toPaymentsError(error, declineCode),
    outcome: unknown ? "unknown" : "refused",
    answered: (error.statusCode ?? 0) >= 500,
    paymentIntentId: error.payment_intent?.id ?? null,
    declineCode,
  };
}

function toPaymentsError(error: Stripe.errors.StripeError, declineCode: string | null): RevopsError<PaymentsErrorCode> {
  const cause = error;
  switch (error.type) {
    case "StripeCardError":
      if (authenticationCodes.has(error.code ?? "")) {
        return paymentsErrors.authentication_required({ detail: error.message, cause });
      }
      return paymentsErrors[declineErrorOf(declineCode)]({ detail: error.message, cause, fields: { declineCode } });
    case "StripeRateLimitError":
      return paymentsErrors.stripe_rate_limited({ cause });
    case "StripeAuthenticationError":
    case "StripePermissionError":
      // The message may repeat a part of the key.
      return paymentsErrors.stripe_misconfigured({ cause });
    case "StripeInvalidRequestError":
      if (amountCodes.has(error.code ?? "")) return paymentsErrors.invalid_amount({ detail: error.message, cause });
      return /payment_method$/.test(error.param ?? "") || /payment_?method/i.test(missing(error))
        ? paymentsErrors.payment_method_not_found({ cause })
        : paymentsErrors.stripe_rejected({ detail: error.message, cause, fields: { stripeCode: error.code ?? null } });
    case "StripeIdempotencyError":
      return error.statusCode === 409
        ? paymentsErrors.stripe_unavailable({ cause })
        : paymentsErrors.stripe_rejected({ detail: error.message, cause });
    default:
      return paymentsErrors.stripe_unavailable({ cause });
  }
}

/** What Stripe says is missing: `No such PaymentMethod: 'pm_…'`. */
function missing(error: Stripe.errors.StripeError): string {
  return error.code === "resource_missing" ? (/^No such (\w+)/.exec(error.message)?.[1] ?? "") : "";
}

/** Reads from Stripe; null for what does not exist. @throws the package's own errors */
export async function readOrNull<T>(read: Promise<T>): Promise<T | null> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof Stripe.errors.StripeError && error.code === "resource_missing") return null;
    throw readRefusal(error).error;
  }
}

/** Reads from Stripe. @throws the package's own errors */
export async function ask<T>(read: Promise<T>): Promise<T> {
  try {
    return await read;
  } catch (error) {
    throw readRefusal(error).error;
  }
}
