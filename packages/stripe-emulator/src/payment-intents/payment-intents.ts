import type Stripe from "stripe";
import { minimumCharge } from "../balance-transactions/fees.ts";
import { captureCharge } from "../charges/charges.ts";
import { invalidRequest } from "../errors.ts";
import { createIdentifier, randomText } from "../identifiers.ts";
import { resolvePaymentMethod } from "../payment-methods/payment-methods.ts";
import { change, need, onClock, type Scope } from "../scope.ts";
import { type MetadataChange, mergeMetadata } from "../server/parameters.ts";
import { idOf } from "../store/kinds.ts";
import { unexpectedState } from "./confirm.ts";

export interface IntentInput {
  amount?: number | undefined;
  currency?: string | undefined;
  automatic_payment_methods?: { enabled: boolean; allow_redirects?: "always" | "never" | undefined } | undefined;
  capture_method?: "automatic" | "automatic_async" | "manual" | undefined;
  confirmation_method?: "automatic" | "manual" | undefined;
  customer?: string | undefined;
  description?: string | null | undefined;
  metadata?: MetadataChange | undefined;
  payment_method?: string | undefined;
  allowed_payment_method_types?: "card"[] | undefined;
  receipt_email?: string | null | undefined;
  setup_future_usage?: "off_session" | "on_session" | undefined;
  statement_descriptor?: string | undefined;
  statement_descriptor_suffix?: string | undefined;
  transfer_group?: string | undefined;
}

export function checkAmount(amount: number, currency: string): void {
  if (amount < minimumCharge(currency)) {
    throw invalidRequest(`Amount must be at least ${minimumCharge(currency)} ${currency}`, {
      code: "amount_too_small",
      param: "amount",
    });
  }
  if (amount > 99_999_999)
    throw invalidRequest("Amount must be no more than 99999999", { code: "amount_too_large", param: "amount" });
}

/** Makes an intent and emits `payment_intent.created`. Amount in minor units. */
export function createIntent(
  scope: Scope,
  input: IntentInput & { amount: number; currency: string },
): Stripe.PaymentIntent {
  checkAmount(input.amount, input.currency);
  const customer = input.customer === undefined ? null : need(scope, "customer", input.customer, "customer");
  const clocked = onClock(scope, idOf(customer?.test_clock));
  const method = input.payment_method === undefined ? null : resolvePaymentMethod(clocked, input.payment_method);
  const id = createIdentifier("pi");
  const automatic =
    input.automatic_payment_methods ?? (input.allowed_payment_method_types === undefined ? { enabled: true } : null);
  const intent = clocked.objects.insert("payment_intent", {
    id,
    object: "payment_intent",
    allowed_payment_method_types: input.allowed_payment_method_types ?? null,
    amount: input.amount,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods:
      automatic === null
        ? null
        : { enabled: automatic.enabled, allow_redirects: automatic.allow_redirects ?? "always" },
    canceled_at: null,
    cancellation_reason: null,
    capture_method: input.capture_method ?? "automatic_async",
    client_secret: `${id}_secret_${randomText(25)}`,
    confirmation_method: input.confirmation_method ?? "automatic",
    created: clocked.now,
    currency: input.currency,
    customer: customer?.id ?? null,
    customer_account: null,
    description: input.description ?? null,
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    managed_payments: null,
    metadata: mergeMetadata(null, input.metadata),
    next_action: null,
    on_behalf_of: null,
    payment_method: method?.id ?? null,
    payment_method_configuration_details: null,
    payment_method_options: {
      card: { installments: null, mandate_options: null, network: null, request_three_d_secure: "automatic" },
    },
    payment_method_types: ["card"],
    payment_record: null,
    processing: null,
    receipt_email: input.receipt_email ?? null,
    review: null,
    setup_future_usage: input.setup_future_usage ?? null,
    shipping: null,
    source: null,
    statement_descriptor: input.statement_descriptor ?? null,
    statement_descriptor_suffix: input.statement_descriptor_suffix ?? null,
    status: method === null ? "requires_payment_method" : "requires_confirmation",
    transfer_data: null,
    transfer_group: input.transfer_group ?? null,
  });
  clocked.emit("payment_intent.created", intent);
  return intent;
}

export function updateIntent(scope: Scope, id: string, input: IntentInput): Stripe.PaymentIntent {
  const intent = need(scope, "payment_intent", id);
  const open =
    intent.status === "requires_payment_method" ||
    intent.status === "requires_confirmation" ||
    intent.status === "requires_action";
  if (
    !open &&
    (input.amount !== undefined ||
      input.currency !== undefined ||
      input.payment_method !== undefined ||
      input.customer !== undefined)
  ) {
    throw unexpectedState(intent, "update", "requires_payment_method, requires_confirmation, requires_action");
  }
  const amount = input.amount ?? intent.amount;
  const currency = input.currency ?? intent.currency;
  checkAmount(amount, currency);
  const patch: Partial<Stripe.PaymentIntent> = {
    amount,
    currency,
    metadata: mergeMetadata(intent.metadata, input.metadata),
  };
  if (input.customer !== undefined) patch.customer = need(scope, "customer", input.customer, "customer").id;
  if (input.description !== undefined) patch.description = input.description;
  if (input.receipt_email !== undefined) patch.receipt_email = input.receipt_email;
  if (input.setup_future_usage !== undefined) patch.setup_future_usage = input.setup_future_usage;
  if (input.payment_method !== undefined) {
    patch.payment_method = resolvePaymentMethod(scope, input.payment_method).id;
    patch.status = "requires_confirmation";
    patch.next_action = null;
  }
  return change(scope, "payment_intent", intent, patch, null);
}

export function captureIntent(scope: Scope, id: string, amountToCapture: number | undefined): Stripe.PaymentIntent {
  const intent = need(scope, "payment_intent", id);
  const chargeId = idOf(intent.latest_charge);
  if (intent.status !== "requires_capture" || chargeId === null)
    throw unexpectedState(intent, "capture", "requires_capture");
  const amount = amountToCapture ?? intent.amount_capturable;
  if (amount > intent.amount_capturable) {
    throw invalidRequest(
      `The amount to capture (${amount}) is greater than the amount capturable (${intent.amount_capturable}).`,
      { code: "amount_too_large", param: "amount_to_capture" },
    );
  }
  captureCharge(scope, need(scope, "charge", chargeId), amount);
  return change(
    scope,
    "payment_intent",
    intent,
    { status: "succeeded", amount_capturable: 0, amount_received: amount },
    "payment_intent.succeeded",
  );
}

export function cancelIntent(
  scope: Scope,
  id: string,
  reason: Stripe.PaymentIntent.CancellationReason | null,
): Stripe.PaymentIntent {
  const intent = need(scope, "payment_intent", id);
  if (intent.status === "succeeded" || intent.status === "canceled" || intent.status === "processing") {
    throw unexpectedState(
      intent,
      "cancel",
      "requires_payment_method, requires_capture, requires_confirmation, requires_action",
    );
  }
  return change(
    scope,
    "payment_intent",
    intent,
    {
      status: "canceled",
      canceled_at: scope.now,
      cancellation_reason: reason,
      amount_capturable: 0,
      next_action: null,
    },
    "payment_intent.canceled",
  );
}
