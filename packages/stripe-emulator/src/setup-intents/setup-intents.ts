import type Stripe from "stripe";
import { invalidRequest } from "../errors.ts";
import { createIdentifier, randomText } from "../identifiers.ts";
import { needsAuthentication } from "../payment-intents/authentication-rule.ts";
import {
  attachPaymentMethod,
  cardOf,
  declineFailure,
  markSetUp,
  resolvePaymentMethod,
} from "../payment-methods/payment-methods.ts";
import type { Decline } from "../payment-methods/test-cards.ts";
import { change, need, onClock, type Scope } from "../scope.ts";
import { type MetadataChange, mergeMetadata } from "../server/parameters.ts";
import { idOf } from "../store/kinds.ts";

export interface SetupInput {
  customer?: string | undefined;
  description?: string | null | undefined;
  metadata?: MetadataChange | undefined;
  payment_method?: string | undefined;
  allowed_payment_method_types?: "card"[] | undefined;
  automatic_payment_methods?: { enabled: boolean; allow_redirects?: "always" | "never" | undefined } | undefined;
  usage?: "off_session" | "on_session" | undefined;
}

export function createSetupIntent(scope: Scope, input: SetupInput): Stripe.SetupIntent {
  const customer = input.customer === undefined ? null : need(scope, "customer", input.customer, "customer");
  const clocked = onClock(scope, idOf(customer?.test_clock));
  const method = input.payment_method === undefined ? null : resolvePaymentMethod(clocked, input.payment_method);
  const id = createIdentifier("seti");
  const automatic =
    input.automatic_payment_methods ?? (input.allowed_payment_method_types === undefined ? { enabled: true } : null);
  const intent = clocked.objects.insert("setup_intent", {
    id,
    object: "setup_intent",
    allowed_payment_method_types: input.allowed_payment_method_types ?? null,
    application: null,
    automatic_payment_methods:
      automatic === null
        ? null
        : { enabled: automatic.enabled, allow_redirects: automatic.allow_redirects ?? "always" },
    cancellation_reason: null,
    client_secret: `${id}_secret_${randomText(25)}`,
    created: clocked.now,
    customer: customer?.id ?? null,
    customer_account: null,
    description: input.description ?? null,
    excluded_payment_method_types: null,
    flow_directions: null,
    last_setup_error: null,
    latest_attempt: null,
    livemode: false,
    mandate: null,
    metadata: mergeMetadata(null, input.metadata),
    next_action: null,
    on_behalf_of: null,
    payment_method: method?.id ?? null,
    payment_method_configuration_details: null,
    payment_method_options: { card: { mandate_options: null, network: null, request_three_d_secure: "automatic" } },
    payment_method_types: ["card"],
    single_use_mandate: null,
    status: method === null ? "requires_payment_method" : "requires_confirmation",
    usage: input.usage ?? "off_session",
  });
  clocked.emit("setup_intent.created", intent);
  return intent;
}

/** Checks the card with its bank and keeps it for later: done, refused, or the holder must authenticate first. */
export function confirmSetupIntent(
  scope: Scope,
  id: string,
  input: { payment_method?: string | undefined; return_url?: string | undefined },
): Stripe.SetupIntent {
  const intent = need(scope, "setup_intent", id);
  if (intent.status === "succeeded" || intent.status === "canceled") throw unexpectedState(intent, "confirm");
  const methodId = input.payment_method ?? idOf(intent.payment_method);
  if (methodId === null)
    throw invalidRequest("You cannot confirm this SetupIntent because it's missing a payment method.", {
      code: "setup_intent_unexpected_state",
    });
  const method = resolvePaymentMethod(scope, methodId);
  const chosen = change(scope, "setup_intent", intent, { payment_method: method.id, next_action: null }, null);
  const { card, setUp } = cardOf(scope, method.id);
  if (card.decline !== null) throw refusal(scope, chosen, card.decline, method);
  if (!needsAuthentication(card.authentication, "on-session", setUp) || card.authentication === "already-set-up")
    return succeed(scope, chosen, method.id);
  const url = `${scope.baseUrl}/_emulator/authenticate/${id}?client_secret=${intent.client_secret}${input.return_url === undefined ? "" : `&return_url=${encodeURIComponent(input.return_url)}`}`;
  const next: Stripe.SetupIntent.NextAction =
    input.return_url === undefined
      ? { type: "use_stripe_sdk", use_stripe_sdk: { type: "three_d_secure_redirect", stripe_js: url } }
      : { type: "redirect_to_url", redirect_to_url: { return_url: input.return_url, url } };
  return change(
    scope,
    "setup_intent",
    chosen,
    { status: "requires_action", next_action: next },
    "setup_intent.requires_action",
  );
}

function succeed(scope: Scope, intent: Stripe.SetupIntent, methodId: string): Stripe.SetupIntent {
  const customer = idOf(intent.customer);
  if (customer !== null) attachPaymentMethod(scope, methodId, customer);
  markSetUp(scope, methodId);
  return change(
    scope,
    "setup_intent",
    intent,
    { status: "succeeded", next_action: null, last_setup_error: null },
    "setup_intent.succeeded",
  );
}

function fail(
  scope: Scope,
  intent: Stripe.SetupIntent,
  decline: Decline,
  method: Stripe.PaymentMethod,
): Stripe.SetupIntent {
  const error: Stripe.SetupIntent.LastSetupError = {
    type: "card_error",
    code: decline.code,
    ...(decline.declineCode === null ? {} : { decline_code: decline.declineCode }),
    message: decline.message,
    payment_method: method,
  };
  return change(
    scope,
    "setup_intent",
    intent,
    { status: "requires_payment_method", payment_method: null, next_action: null, last_setup_error: error },
    "setup_intent.setup_failed",
  );
}

function refusal(scope: Scope, intent: Stripe.SetupIntent, decline: Decline, method: Stripe.PaymentMethod): Error {
  const failure = declineFailure(decline, { payment_method: method }, true);
  failure.body.setup_intent = fail(scope, intent, decline, method);
  return failure;
}

/** What the holder did on the hosted page. */
export function finishSetup(scope: Scope, id: string, outcome: "complete" | "fail"): Stripe.SetupIntent {
  const intent = need(scope, "setup_intent", id);
  const methodId = idOf(intent.payment_method);
  if (intent.status !== "requires_action" || methodId === null) throw unexpectedState(intent, "authenticate");
  if (outcome === "complete") return succeed(scope, intent, methodId);
  const failure = {
    code: "setup_intent_authentication_failure",
    declineCode: null,
    message:
      "We are unable to authenticate your payment method. Please choose a different payment method and try again.",
  };
  return fail(scope, intent, failure, need(scope, "payment_method", methodId));
}

export function cancelSetupIntent(
  scope: Scope,
  id: string,
  reason: Stripe.SetupIntent.CancellationReason | null,
): Stripe.SetupIntent {
  const intent = need(scope, "setup_intent", id);
  if (intent.status === "succeeded" || intent.status === "canceled") throw unexpectedState(intent, "cancel");
  return change(
    scope,
    "setup_intent",
    intent,
    { status: "canceled", cancellation_reason: reason, next_action: null },
    "setup_intent.canceled",
  );
}

function unexpectedState(intent: Stripe.SetupIntent, verb: string): Error {
  const failure = invalidRequest(`You cannot ${verb} this SetupIntent because it has a status of ${intent.status}.`, {
    code: "setup_intent_unexpected_state",
  });
  failure.body.setup_intent = intent;
  return failure;
}
