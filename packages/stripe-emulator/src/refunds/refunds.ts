import type Stripe from "stripe";
import { recordBalance } from "../balance-transactions/balance-transactions.ts";
import { invalidRequest } from "../errors.ts";
import { createIdentifier } from "../identifiers.ts";
import { cardOf } from "../payment-methods/payment-methods.ts";
import { change, need, type Scope } from "../scope.ts";
import { createdParameters, page } from "../server/pages.ts";
import { integer, type MetadataChange, mergeMetadata, metadata, oneOf, text } from "../server/parameters.ts";
import { type Route, route } from "../server/route.ts";
import { idOf } from "../store/kinds.ts";

interface RefundInput {
  charge?: string | undefined;
  payment_intent?: string | undefined;
  amount?: number | undefined;
  reason?: "duplicate" | "fraudulent" | "requested_by_customer" | undefined;
  metadata?: MetadataChange | undefined;
}

function chargeOf(scope: Scope, input: RefundInput): Stripe.Charge {
  if (input.charge !== undefined) return need(scope, "charge", input.charge, "charge");
  if (input.payment_intent === undefined)
    throw invalidRequest("One of the following params should be provided for this request: payment_intent or charge.");
  const intent = need(scope, "payment_intent", input.payment_intent, "payment_intent");
  const charge = idOf(intent.latest_charge);
  if (intent.status !== "succeeded" || charge === null) {
    throw invalidRequest(`This PaymentIntent (${intent.id}) does not have a successful charge to refund.`, {
      param: "payment_intent",
    });
  }
  return need(scope, "charge", charge);
}

const anHour = 3_600;

/** Gives back all that is left of a charge, or `amount` of it. Stripe's fee is not given back. */
function createRefund(scope: Scope, input: RefundInput): Stripe.Refund {
  const charge = chargeOf(scope, input);
  if (!charge.captured)
    throw invalidRequest(`Charge ${charge.id} has not been captured and cannot be refunded.`, {
      code: "charge_not_refundable",
    });
  if (charge.disputed && scope.objects.all("dispute", { charge: charge.id, is_charge_refundable: false }).length > 0)
    throw invalidRequest(`Charge ${charge.id} has been charged back; cannot issue a refund.`, {
      code: "charge_disputed",
    });
  if (charge.refunded)
    throw invalidRequest(`Charge ${charge.id} has already been refunded.`, { code: "charge_already_refunded" });
  const left = charge.amount_captured - charge.amount_refunded;
  const amount = input.amount ?? left;
  if (amount > left)
    throw invalidRequest(`Refund amount (${amount}) is greater than unrefunded amount on charge (${left})`, {
      param: "amount",
    });
  const how = charge.payment_method === null ? "succeeds" : cardOf(scope, charge.payment_method).card.refund;
  const id = createIdentifier("re");
  const balance = recordBalance(scope, {
    type: "refund",
    amount: -amount,
    fee: 0,
    currency: charge.currency,
    source: id,
    description: `REFUND FOR CHARGE${charge.description === null ? "" : ` (${charge.description})`}`,
  });
  const refund = scope.objects.insert("refund", {
    id,
    object: "refund",
    amount,
    balance_transaction: balance.id,
    charge: charge.id,
    created: scope.now,
    currency: charge.currency,
    customer: idOf(charge.customer),
    customer_account: null,
    destination_details: {
      type: "card",
      card: { reference_status: "pending", reference_type: "acquirer_reference_number", type: "refund" },
    },
    metadata: mergeMetadata(null, input.metadata),
    payment_intent: idOf(charge.payment_intent),
    payment_method: charge.payment_method,
    reason: input.reason ?? null,
    receipt_number: null,
    source_transfer_reversal: null,
    status: how === "pending" ? "pending" : "succeeded",
    ...(how === "pending" ? { pending_reason: "processing" } : {}),
    transfer_reversal: null,
  });
  if (how !== "succeeds")
    scope.timers.set({ object: id, task: "refund.settle", due: scope.now + anHour, testClock: null });
  scope.emit("refund.created", refund);
  const refunded = charge.amount_refunded + amount;
  const after = { ...charge, amount_refunded: refunded, refunded: refunded === charge.amount_captured };
  scope.objects.write("charge", after);
  scope.emit("charge.refunded", after, {
    amount_refunded: charge.amount_refunded,
    ...(after.refunded ? { refunded: false } : {}),
  });
  return refund;
}

/** Timer: a refund that was under way arrives, or comes back. Source: https://docs.stripe.com/testing#refunds */
export function settleRefund(scope: Scope, id: string): void {
  const refund = scope.objects.find("refund", id);
  if (refund === undefined) return;
  if (refund.status === "pending") {
    const { pending_reason: _over, ...settled } = refund;
    scope.objects.write("refund", { ...settled, status: "succeeded" });
    scope.emit("refund.updated", { ...settled, status: "succeeded" }, { status: "pending" });
    return;
  }
  const back = recordBalance(scope, {
    type: "refund_failure",
    amount: refund.amount,
    fee: 0,
    currency: refund.currency,
    source: refund.id,
    description: "REFUND FAILURE",
    availableOn: scope.now,
  });
  const charge = need(scope, "charge", idOf(refund.charge) ?? "");
  const failed = change(
    scope,
    "refund",
    refund,
    { status: "failed", failure_reason: "expired_or_canceled_card", failure_balance_transaction: back.id },
    "refund.failed",
  );
  scope.emit("refund.updated", failed, { status: refund.status });
  const amount_refunded = charge.amount_refunded - refund.amount;
  change(scope, "charge", charge, { amount_refunded, refunded: false }, "charge.updated");
}

export const refundRoutes: readonly Route[] = [
  route({
    method: "post",
    path: "/v1/refunds",
    parameters: {
      charge: text(),
      payment_intent: text(),
      amount: integer(1),
      reason: oneOf("duplicate", "fraudulent", "requested_by_customer"),
      metadata: metadata(),
    },
    handle: ({ scope, params }) => createRefund(scope, params),
  }),
  route({
    method: "get",
    path: "/v1/refunds",
    parameters: { ...createdParameters, charge: text(), payment_intent: text() },
    handle: ({ scope, params }) =>
      page(scope, "refund", params, { charge: params.charge, payment_intent: params.payment_intent }, "/v1/refunds"),
  }),
  route({
    method: "get",
    path: "/v1/refunds/:id",
    parameters: {},
    handle: ({ scope, id }) => need(scope, "refund", id),
  }),
  route({
    method: "post",
    path: "/v1/refunds/:id",
    parameters: { metadata: metadata() },
    handle({ scope, params, id }) {
      const refund = need(scope, "refund", id);
      return change(
        scope,
        "refund",
        refund,
        { metadata: mergeMetadata(refund.metadata, params.metadata) },
        "refund.updated",
      );
    },
  }),
];
