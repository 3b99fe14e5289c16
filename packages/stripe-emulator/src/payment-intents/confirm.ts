import type Stripe from "stripe";
import { chargeCard } from "../charges/charges.ts";
import { invalidRequest } from "../errors.ts";
import {
  attachPaymentMethod,
  cardOf,
  declineFailure,
  markSetUp,
  resolvePaymentMethod,
} from "../payment-methods/payment-methods.ts";
import type { Decline } from "../payment-methods/test-cards.ts";
import { change, need, type Scope } from "../scope.ts";
import { idOf } from "../store/kinds.ts";
import { needsAuthentication } from "./authentication-rule.ts";

export interface ConfirmInput {
  payment_method?: string | undefined;
  return_url?: string | undefined;
  off_session?: boolean | undefined;
  error_on_requires_action?: boolean | undefined;
}

const authenticationRequired: Decline = {
  code: "authentication_required",
  declineCode: "authentication_required",
  message: "Your card was declined. This transaction requires authentication.",
};

/** A payment method may pay for the customer it is attached to; one that is attached to nobody for anyone. */
function checkOwner(intent: Stripe.PaymentIntent, method: Stripe.PaymentMethod): void {
  const owner = idOf(method.customer);
  const customer = idOf(intent.customer);
  if (owner === null || owner === customer) return;
  throw invalidRequest(
    customer === null
      ? `The payment method supplied (${method.id}) belongs to a Customer. Please include the Customer in the \`customer\` parameter on the PaymentIntent.`
      : `The PaymentMethod ${method.id} does not belong to the Customer you supplied ${customer}. Please use this PaymentMethod with the Customer that it belongs to instead.`,
    { code: "payment_intent_unexpected_state", param: "payment_method" },
  );
}

/**
 * Confirms an intent: charges the card, or asks for authentication, or declines.
 * Returns the intent as it then stands; a decline is in `last_payment_error`, see {@link declinedFailure}.
 * `presence` is "recurring" for a subscription's own payments: off-session, but authentication is asked for instead of declined.
 */
export function confirmIntent(
  scope: Scope,
  intent: Stripe.PaymentIntent,
  input: ConfirmInput,
  presence: "on-session" | "off-session" | "recurring",
): Stripe.PaymentIntent {
  if (
    intent.status !== "requires_payment_method" &&
    intent.status !== "requires_confirmation" &&
    intent.status !== "requires_action"
  ) {
    throw unexpectedState(intent, "confirm", "requires_payment_method, requires_confirmation, requires_action");
  }
  const methodId = input.payment_method ?? idOf(intent.payment_method);
  if (methodId === null) {
    throw invalidRequest(
      "You cannot confirm this PaymentIntent because it's missing a payment method. To confirm the PaymentIntent with a customer's saved payment method, specify both the payment method and customer ID.",
      { code: "payment_intent_unexpected_state" },
    );
  }
  const automatic = intent.automatic_payment_methods;
  if (
    presence === "on-session" &&
    automatic?.enabled === true &&
    automatic.allow_redirects !== "never" &&
    input.return_url === undefined
  ) {
    throw invalidRequest(
      "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of these payment methods might redirect your customer off of your page, you must provide a `return_url`. If you don't want to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` and `automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment Intents.",
      { param: "return_url" },
    );
  }
  const method = resolvePaymentMethod(scope, methodId);
  checkOwner(intent, method);
  const chosen = change(scope, "payment_intent", intent, { payment_method: method.id, next_action: null }, null);
  const { card, setUp } = cardOf(scope, method.id);
  if (!needsAuthentication(card.authentication, presence === "on-session" ? "on-session" : "off-session", setUp)) {
    return chargeIntent(scope, chosen, method, card.decline ?? card.declineOnCharge, false);
  }
  if (presence === "off-session" || input.error_on_requires_action === true)
    return chargeIntent(scope, chosen, method, authenticationRequired, false);
  return requireAction(scope, chosen, input.return_url ?? null);
}

function requireAction(scope: Scope, intent: Stripe.PaymentIntent, returnUrl: string | null): Stripe.PaymentIntent {
  const url = `${scope.baseUrl}/_emulator/authenticate/${intent.id}?client_secret=${intent.client_secret}${returnUrl === null ? "" : `&return_url=${encodeURIComponent(returnUrl)}`}`;
  const next: Stripe.PaymentIntent.NextAction =
    returnUrl === null
      ? { type: "use_stripe_sdk", use_stripe_sdk: { type: "three_d_secure_redirect", stripe_js: url } }
      : { type: "redirect_to_url", redirect_to_url: { return_url: returnUrl, url } };
  return change(
    scope,
    "payment_intent",
    intent,
    { status: "requires_action", next_action: next },
    "payment_intent.requires_action",
  );
}

function chargeIntent(
  scope: Scope,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  decline: Decline | null,
  authenticated: boolean,
): Stripe.PaymentIntent {
  const capture = intent.capture_method !== "manual";
  const { card } = cardOf(scope, method.id);
  const charge = chargeCard(scope, intent, method, { card, decline, authenticated, capture });
  if (decline !== null) return failIntent(scope, intent, decline, method, charge.id);
  if (intent.setup_future_usage !== null || authenticated) markSetUp(scope, method.id);
  const customer = idOf(intent.customer);
  if (intent.setup_future_usage !== null && customer !== null && method.customer === null)
    attachPaymentMethod(scope, method.id, customer);
  const paid = { latest_charge: charge.id, last_payment_error: null, next_action: null };
  return capture
    ? change(
        scope,
        "payment_intent",
        intent,
        { ...paid, status: "succeeded", amount_received: intent.amount },
        "payment_intent.succeeded",
      )
    : change(
        scope,
        "payment_intent",
        intent,
        { ...paid, status: "requires_capture", amount_capturable: intent.amount },
        "payment_intent.amount_capturable_updated",
      );
}

function failIntent(
  scope: Scope,
  intent: Stripe.PaymentIntent,
  decline: Decline,
  method: Stripe.PaymentMethod,
  charge: string | null,
): Stripe.PaymentIntent {
  return change(
    scope,
    "payment_intent",
    intent,
    {
      status: "requires_payment_method",
      payment_method: null,
      next_action: null,
      ...(charge === null ? {} : { latest_charge: charge }),
      last_payment_error: {
        type: "card_error",
        code: decline.code,
        ...(decline.declineCode === null ? {} : { decline_code: decline.declineCode }),
        message: decline.message,
        payment_method: method,
        ...(charge === null ? {} : { charge }),
      },
    },
    "payment_intent.payment_failed",
  );
}

/** What the holder did on the hosted page: authenticated (the card is charged) or failed to (it is not). */
export function finishAuthentication(scope: Scope, id: string, outcome: "complete" | "fail"): Stripe.PaymentIntent {
  const intent = need(scope, "payment_intent", id);
  const methodId = idOf(intent.payment_method);
  if (intent.status !== "requires_action" || methodId === null)
    throw unexpectedState(intent, "authenticate", "requires_action");
  const method = need(scope, "payment_method", methodId);
  if (outcome === "fail") {
    const failure = {
      code: "payment_intent_authentication_failure",
      declineCode: null,
      message:
        "We are unable to authenticate your payment method. Please choose a different payment method and try again.",
    };
    return failIntent(scope, intent, failure, method, null);
  }
  const { card } = cardOf(scope, method.id);
  return chargeIntent(scope, intent, method, card.decline ?? card.declineOnCharge, true);
}

/** The 402 of a declined confirmation. What was done is kept: the failed charge, the events, the intent. */
export function declinedFailure(scope: Scope, intent: Stripe.PaymentIntent): Error {
  const error = intent.last_payment_error;
  const failure = declineFailure(
    {
      code: error?.code ?? "card_declined",
      declineCode: error?.decline_code ?? null,
      message: error?.message ?? "Your card was declined.",
    },
    error?.payment_method === undefined ? {} : { payment_method: error.payment_method },
    true,
  );
  if (error?.charge !== undefined) failure.body.charge = error.charge;
  failure.body.payment_intent = need(scope, "payment_intent", intent.id);
  return failure;
}

export function unexpectedState(intent: Stripe.PaymentIntent, verb: string, wanted: string): Error {
  const failure = invalidRequest(
    `You cannot ${verb} this PaymentIntent because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be used: ${wanted}.`,
    { code: "payment_intent_unexpected_state" },
  );
  failure.body.payment_intent = intent;
  return failure;
}
