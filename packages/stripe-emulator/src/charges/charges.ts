import type Stripe from "stripe";
import { recordBalance } from "../balance-transactions/balance-transactions.ts";
import { cardFee } from "../balance-transactions/fees.ts";
import { createIdentifier } from "../identifiers.ts";
import type { Decline, TestCard } from "../payment-methods/test-cards.ts";
import { change, type Scope } from "../scope.ts";
import { idOf } from "../store/kinds.ts";

const riskScores = { normal: 12, elevated: 65, highest: 92 } as const;

function outcomeOf(decline: Decline | null, risk: TestCard["risk"]): Stripe.Charge.Outcome {
  const common = { advice_code: null, network_advice_code: null, risk_level: risk, risk_score: riskScores[risk] };
  if (decline === null) {
    return {
      ...common,
      network_decline_code: null,
      network_status: "approved_by_network",
      reason: null,
      seller_message: "Payment complete.",
      type: "authorized",
    };
  }
  if (decline.blocked === true) {
    return {
      ...common,
      network_decline_code: null,
      network_status: "not_sent_to_network",
      reason: "highest_risk_level",
      risk_level: "highest",
      risk_score: 92,
      seller_message: "Stripe blocked this payment as too risky.",
      type: "blocked",
    };
  }
  return {
    ...common,
    network_decline_code: "05",
    network_status: "declined_by_network",
    reason: decline.declineCode,
    seller_message: "The bank did not return any further details with this decline.",
    type: "issuer_declined",
  };
}

function methodDetails(
  method: Stripe.PaymentMethod,
  authenticated: boolean,
  amount: number,
): Stripe.Charge.PaymentMethodDetails {
  const { card } = method;
  if (card === undefined) return { type: method.type };
  return {
    type: "card",
    card: {
      amount_authorized: amount,
      authorization_code: null,
      brand: card.brand,
      checks: card.checks,
      country: card.country,
      electronic_commerce_indicator: authenticated ? "05" : null,
      exp_month: card.exp_month,
      exp_year: card.exp_year,
      fingerprint: card.fingerprint ?? null,
      funding: card.funding,
      installments: null,
      last4: card.last4,
      mandate: null,
      network: card.brand,
      network_token: { used: false },
      network_transaction_id: null,
      regulated_status: card.regulated_status,
      three_d_secure: authenticated
        ? {
            authentication_flow: "challenge",
            electronic_commerce_indicator: "05",
            exemption_indicator: null,
            result: "authenticated",
            result_reason: null,
            transaction_id: createIdentifier("3ds"),
            version: "2.2.0",
          }
        : null,
      transaction_link_id: null,
      wallet: null,
    },
  };
}

/** One try to take an intent's money from a card. A declined try leaves a failed charge. Emits `charge.succeeded` or `charge.failed`. */
export function chargeCard(
  scope: Scope,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  how: { card: TestCard; decline: Decline | null; authenticated: boolean; capture: boolean },
): Stripe.Charge {
  const { card, decline, authenticated, capture } = how;
  const id = createIdentifier("ch");
  const captured = decline === null && capture;
  const balance = captured
    ? recordBalance(scope, {
        type: "charge",
        amount: intent.amount,
        fee: cardFee(intent.amount, intent.currency),
        currency: intent.currency,
        source: id,
        description: intent.description,
        ...(card.availableAtOnce ? { availableOn: scope.now } : {}),
      }).id
    : null;
  const charge = scope.objects.insert("charge", {
    id,
    object: "charge",
    amount: intent.amount,
    amount_captured: captured ? intent.amount : 0,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: balance,
    billing_details: method.billing_details,
    calculated_statement_descriptor: "STRIPE EMULATOR",
    captured,
    created: scope.now,
    currency: intent.currency,
    customer: idOf(intent.customer),
    description: intent.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: decline?.code ?? null,
    failure_message: decline?.message ?? null,
    fraud_details: {},
    livemode: false,
    metadata: intent.metadata,
    on_behalf_of: null,
    outcome: outcomeOf(decline, card.risk),
    paid: decline === null,
    payment_intent: intent.id,
    payment_method: method.id,
    payment_method_details: methodDetails(method, authenticated, intent.amount),
    receipt_email: intent.receipt_email,
    receipt_number: null,
    receipt_url: null,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: intent.statement_descriptor,
    statement_descriptor_suffix: intent.statement_descriptor_suffix,
    status: decline === null ? "succeeded" : "failed",
    transfer_data: null,
    transfer_group: intent.transfer_group,
  });
  scope.emit(decline === null ? "charge.succeeded" : "charge.failed", charge);
  return charge;
}

/** Takes the held money, or a part of it; the rest is released. */
export function captureCharge(scope: Scope, charge: Stripe.Charge, amount: number): Stripe.Charge {
  const balance = recordBalance(scope, {
    type: "charge",
    amount,
    fee: cardFee(amount, charge.currency),
    currency: charge.currency,
    source: charge.id,
    description: charge.description,
  });
  return change(
    scope,
    "charge",
    charge,
    { amount_captured: amount, captured: true, balance_transaction: balance.id },
    "charge.captured",
  );
}
