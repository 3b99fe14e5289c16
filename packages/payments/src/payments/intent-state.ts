/** What the states of a payment intent mean for a payment. https://docs.stripe.com/payments/paymentintents/lifecycle */
import type Stripe from "stripe";
import { declineErrorOf } from "../gateway/refusal.ts";
import type { PaymentStatus } from "./payment.ts";
import type { IntentState } from "./store.ts";

function statusOf({ status, last_payment_error: failure }: Stripe.PaymentIntent): PaymentStatus {
  switch (status) {
    case "succeeded":
      return "succeeded";
    case "requires_action":
      return "requires_action";
    case "canceled":
      return "canceled";
    case "requires_payment_method":
    case "requires_confirmation":
      return failure ? "failed" : "requires_payment_method";
    default:
      return "processing";
  }
}

/** @param intent with `latest_charge` expanded, for what was refunded */
export function stateOf(intent: Stripe.PaymentIntent): IntentState {
  const { last_payment_error: failure, latest_charge: charge } = intent;
  const status = statusOf(intent);
  const declineCode = status === "failed" ? (failure?.decline_code ?? failure?.code ?? null) : null;
  const failureCode =
    failure?.code === "authentication_required" ? "authentication_required" : declineErrorOf(declineCode);
  return {
    status,
    stripePaymentIntentId: intent.id,
    clientSecret: intent.client_secret,
    declineCode,
    failureCode: status === "failed" ? failureCode : null,
    amountRefunded: typeof charge === "object" && charge !== null ? charge.amount_refunded : 0,
  };
}

/** Metadata that says whose intent it is. */
export const paymentMark = "revops_payment";
