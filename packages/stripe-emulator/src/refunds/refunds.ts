import type Stripe from "stripe";
import { recordBalance } from "../balance-transactions/balance-transactions.ts";
import { invalidRequest } from "../errors.ts";
import { createIdentifier } from "../identifiers.ts";
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

/** Gives back all that is left of a charge, or `amount` of it. Stripe's fee is not given back. */
export function createRefund(scope: Scope, input: RefundInput): Stripe.Refund {
  const charge = chargeOf(scope, input);
  if (!charge.captured)
    throw invalidRequest(`Charge ${charge.id} has not been captured and cannot be refunded.`, {
      code: "charge_not_refundable",
    });
  if (charge.refunded)
    throw invalidRequest(`Charge ${charge.id} has already been refunded.`, { code: "charge_already_refunded" });
  const left = charge.amount_captured - charge.amount_refunded;
  const amount = input.amount ?? left;
  if (amount > left)
    throw invalidRequest(`Refund amount (${amount}) is greater than unrefunded amount on charge (${left})`, {
      param: "amount",
    });
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
    status: "succeeded",
    transfer_reversal: null,
  });
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
