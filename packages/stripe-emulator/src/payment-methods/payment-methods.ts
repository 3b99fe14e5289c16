import { createHash } from "node:crypto";
import type Stripe from "stripe";
import { invalidRequest, resourceMissing, StripeFailure } from "../errors.ts";
import { createIdentifier } from "../identifiers.ts";
import { change, need, onClock, type Scope } from "../scope.ts";
import { type AddressInput, toAddress } from "../server/fields.ts";
import { type MetadataChange, mergeMetadata } from "../server/parameters.ts";
import { idOf } from "../store/kinds.ts";
import { findTestCard, findTokenCard, type TestCard } from "./test-cards.ts";

export interface BillingDetailsInput {
  address?: AddressInput | null | undefined;
  email?: string | null | undefined;
  name?: string | null | undefined;
  phone?: string | null | undefined;
}
export interface CardInput {
  number?: string | undefined;
  exp_month?: number | undefined;
  exp_year?: number | undefined;
  cvc?: string | undefined;
  token?: string | undefined;
}

function cardError(code: string, message: string, param: string): StripeFailure {
  return new StripeFailure(402, { type: "card_error", code, message, param });
}

/** The card an input names, with its last month: checked as Stripe does before it makes anything. */
function readCard(scope: Scope, input: CardInput): { card: TestCard; month: number; year: number } {
  const today = new Date(scope.now * 1000);
  if (input.token !== undefined) {
    const card = findTokenCard(input.token);
    if (card === undefined) throw resourceMissing("token", input.token, "card[token]");
    return { card, month: today.getUTCMonth() + 1, year: today.getUTCFullYear() + 1 };
  }
  const number = (input.number ?? "").replaceAll(/[\s-]/g, "");
  const card = findTestCard(number);
  if (card === undefined) throw cardError("incorrect_number", "Your card number is incorrect.", "number");
  const month = input.exp_month ?? 0;
  const year = (input.exp_year ?? 0) + ((input.exp_year ?? 0) < 100 ? 2000 : 0);
  if (month < 1 || month > 12)
    throw cardError("invalid_expiry_month", "Your card's expiration month is invalid.", "exp_month");
  if (year < today.getUTCFullYear() || (year === today.getUTCFullYear() && month < today.getUTCMonth() + 1)) {
    throw cardError("invalid_expiry_year", "Your card's expiration year is invalid.", "exp_year");
  }
  if (input.cvc !== undefined && !/^\d{3,4}$/.test(input.cvc))
    throw cardError("invalid_cvc", "Your card's security code is invalid.", "cvc");
  return { card, month, year };
}

function billingDetails(
  before: Stripe.PaymentMethod.BillingDetails | null,
  input: BillingDetailsInput | undefined,
): Stripe.PaymentMethod.BillingDetails {
  const address = input?.address === undefined ? (before?.address ?? toAddress({})) : toAddress(input.address ?? {});
  return {
    address,
    email: input?.email === undefined ? (before?.email ?? null) : input.email,
    name: input?.name === undefined ? (before?.name ?? null) : input.name,
    phone: input?.phone === undefined ? (before?.phone ?? null) : input.phone,
    tax_id: before?.tax_id ?? null,
  };
}

/** Makes a card payment method that belongs to nobody yet. */
export function createPaymentMethod(
  scope: Scope,
  input: {
    card: CardInput;
    billing_details?: BillingDetailsInput | undefined;
    metadata?: MetadataChange | undefined;
    allow_redisplay?: string | undefined;
  },
): Stripe.PaymentMethod {
  const { card, month, year } = readCard(scope, input.card);
  return scope.objects.insert(
    "payment_method",
    {
      id: createIdentifier("pm"),
      object: "payment_method",
      allow_redisplay: input.allow_redisplay ?? "unspecified",
      billing_details: billingDetails(null, input.billing_details),
      card: {
        brand: card.brand,
        checks: {
          address_line1_check: input.billing_details?.address?.line1 ? card.addressChecks.line1 : null,
          address_postal_code_check: input.billing_details?.address?.postal_code ? card.addressChecks.postalCode : null,
          cvc_check: input.card.cvc === undefined && input.card.token === undefined ? null : card.cvcCheck,
        },
        country: card.country,
        display_brand: card.brand,
        exp_month: month,
        exp_year: year,
        fingerprint: createHash("sha256").update(card.number).digest("base64url").replaceAll(/[-_]/g, "").slice(0, 16),
        funding: card.funding,
        generated_from: null,
        last4: card.number.slice(-4),
        networks: { available: [card.brand], preferred: null },
        regulated_status: "unregulated",
        three_d_secure_usage: { supported: true },
        wallet: null,
      },
      created: scope.now,
      customer: null,
      customer_account: null,
      livemode: false,
      metadata: mergeMetadata(null, input.metadata),
      type: "card",
    },
    JSON.stringify({ number: card.number, setUp: false } satisfies Hidden),
  );
}

interface Hidden {
  number: string;
  /** Authenticated once for later use without the holder. */
  setUp: boolean;
  /** Was taken from its customer, and is used up. */
  detached?: boolean;
}

function hiddenOf(scope: Scope, id: string): Hidden {
  return JSON.parse(scope.objects.hidden(id) ?? "{}") as Hidden;
}

/** What the card behind a payment method does, and whether it was set up for use without its holder. */
export function cardOf(scope: Scope, id: string): { card: TestCard; setUp: boolean } {
  const { number, setUp } = hiddenOf(scope, id);
  const card = findTestCard(number);
  if (card === undefined) throw resourceMissing("payment_method", id, "payment_method");
  return { card, setUp };
}

export function markSetUp(scope: Scope, id: string): void {
  scope.objects.hide(id, JSON.stringify({ ...hiddenOf(scope, id), setUp: true } satisfies Hidden));
}

/** A stored payment method, or a fresh one when a token such as `pm_card_visa` is named: each use makes its own. */
export function resolvePaymentMethod(scope: Scope, id: string, param = "payment_method"): Stripe.PaymentMethod {
  const stored = scope.objects.find("payment_method", id);
  if (stored !== undefined) {
    // https://docs.stripe.com/api/payment_methods/detach: neither used for a payment nor attached again.
    if (hiddenOf(scope, id).detached) {
      throw invalidRequest("This PaymentMethod was detached from a Customer, and may not be used again.", { param });
    }
    return stored;
  }
  if (findTokenCard(id) === undefined) throw resourceMissing("payment_method", id, param);
  return createPaymentMethod(scope, { card: { token: id } });
}

export function declineFailure(
  decline: NonNullable<TestCard["decline"]>,
  more: { payment_method?: Stripe.PaymentMethod } = {},
  keepsWork = false,
): StripeFailure {
  return new StripeFailure(
    402,
    {
      type: "card_error",
      code: decline.code,
      message: decline.message,
      ...(decline.declineCode === null ? {} : { decline_code: decline.declineCode }),
      ...more,
    },
    keepsWork,
  );
}

/** Ties a payment method to a customer. The bank is asked: cards that decline are refused here, except the one that only declines charges. */
export function attachPaymentMethod(scope: Scope, id: string, customerId: string): Stripe.PaymentMethod {
  const customer = need(scope, "customer", customerId, "customer");
  const method = resolvePaymentMethod(scope, id, "id");
  const owner = idOf(method.customer);
  if (owner === customer.id) return method;
  if (owner !== null) {
    throw invalidRequest("The payment method you provided has already been attached to a customer.", {
      code: "payment_method_unexpected_state",
      param: "payment_method",
    });
  }
  const { card } = cardOf(scope, method.id);
  if (card.decline !== null) throw declineFailure(card.decline);
  return change(
    onClock(scope, idOf(customer.test_clock)),
    "payment_method",
    method,
    { customer: customer.id },
    "payment_method.attached",
  );
}

/** Unties it, and where it was the customer's default there is none any more. */
export function detachPaymentMethod(scope: Scope, id: string): Stripe.PaymentMethod {
  const method = need(scope, "payment_method", id);
  const owner = idOf(method.customer);
  if (owner === null) {
    throw invalidRequest("The payment method you provided is not attached to a customer so detachment is impossible.", {
      code: "payment_method_unexpected_state",
    });
  }
  const detached = { ...method, customer: null };
  scope.objects.write("payment_method", detached);
  scope.objects.hide(id, JSON.stringify({ ...hiddenOf(scope, id), detached: true } satisfies Hidden));
  scope.emit("payment_method.detached", detached, { customer: owner });
  const customer = scope.objects.find("customer", owner);
  if (customer !== undefined && idOf(customer.invoice_settings.default_payment_method) === id) {
    change(
      scope,
      "customer",
      customer,
      { invoice_settings: { ...customer.invoice_settings, default_payment_method: null } },
      "customer.updated",
    );
  }
  for (const subscription of scope.objects.all("subscription", { customer: owner, default_payment_method: id })) {
    if (subscription.ended_at === null)
      change(scope, "subscription", subscription, { default_payment_method: null }, "customer.subscription.updated");
  }
  return detached;
}

export function updatePaymentMethod(
  scope: Scope,
  id: string,
  input: {
    billing_details?: BillingDetailsInput | undefined;
    metadata?: MetadataChange | undefined;
    card?: { exp_month?: number | undefined; exp_year?: number | undefined } | undefined;
    allow_redisplay?: string | undefined;
  },
): Stripe.PaymentMethod {
  const method = need(scope, "payment_method", id);
  if (method.customer === null) {
    throw invalidRequest("You must save this PaymentMethod to a customer before you can update it.", {
      code: "payment_method_unexpected_state",
    });
  }
  const { card } = method;
  return change(
    scope,
    "payment_method",
    method,
    {
      billing_details: billingDetails(method.billing_details, input.billing_details),
      metadata: mergeMetadata(method.metadata, input.metadata),
      ...(input.allow_redisplay === undefined ? {} : { allow_redisplay: input.allow_redisplay }),
      ...(card === undefined
        ? {}
        : {
            card: {
              ...card,
              exp_month: input.card?.exp_month ?? card.exp_month,
              exp_year: input.card?.exp_year ?? card.exp_year,
            },
          }),
    },
    "payment_method.updated",
  );
}
