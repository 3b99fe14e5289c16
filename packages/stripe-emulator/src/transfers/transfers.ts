import type Stripe from "stripe";
import { checkAvailable } from "../balance-transactions/balance.ts";
import { recordBalance } from "../balance-transactions/balance-transactions.ts";
import { invalidRequest, resourceMissing } from "../errors.ts";
import { createIdentifier } from "../identifiers.ts";
import { change, need, type Scope } from "../scope.ts";
import { type MetadataChange, mergeMetadata } from "../server/parameters.ts";
import { idOf } from "../store/kinds.ts";

export interface TransferInput {
  amount?: number | undefined;
  currency: string;
  destination: string;
  description?: string | undefined;
  metadata?: MetadataChange | undefined;
  source_transaction?: string | undefined;
  transfer_group?: string | undefined;
}

/** Where a transfer may go: an account whose transfers are active. */
function destinationOf(scope: Scope, id: string): Stripe.Account {
  const account = scope.objects.find("account", id);
  if (account === undefined) throw resourceMissing("destination", id, "destination");
  if (account.capabilities?.transfers !== "active") {
    throw invalidRequest(
      "Your destination account needs to have at least one of the following capabilities enabled: transfers, crypto_transfers, legacy_payments",
      { code: "insufficient_capabilities_for_transfer" },
    );
  }
  return account;
}

/** The charge a transfer draws on, which may be sent on before its money is available, and how much of it is left. */
function sourceOf(
  scope: Scope,
  input: TransferInput,
): { charge: Stripe.Charge; left: number; available: number } | null {
  if (input.source_transaction === undefined) return null;
  const charge = need(scope, "charge", input.source_transaction, "source_transaction");
  const entry = scope.objects.find("balance_transaction", idOf(charge.balance_transaction) ?? "");
  if (charge.status !== "succeeded" || entry === undefined)
    throw invalidRequest("The charge of `source_transaction` must have succeeded and been captured.", {
      param: "source_transaction",
    });
  const sent =
    scope.objects.total("transfer", "amount", { source_transaction: charge.id }) -
    scope.objects.total("transfer", "amount_reversed", { source_transaction: charge.id });
  return { charge, left: charge.amount_captured - sent, available: entry.available_on };
}

/**
 * Moves money from the platform's balance to a connected account's: at once from what is available, or tied to a charge and
 * available when that is. Source: https://docs.stripe.com/connect/separate-charges-and-transfers
 */
export function createTransfer(scope: Scope, input: TransferInput): Stripe.Transfer {
  const destination = destinationOf(scope, input.destination);
  const source = sourceOf(scope, input);
  const amount = input.amount ?? source?.left;
  if (amount === undefined)
    throw invalidRequest("Missing required param: amount.", { code: "parameter_missing", param: "amount" });
  if (source === null) {
    checkAvailable(
      scope,
      amount,
      input.currency,
      "You have insufficient available funds in your Stripe account. Try adding funds directly to your available balance by creating Charges using the 4000000000000077 test card. See: https://stripe.com/docs/testing#available-balance",
    );
  } else {
    if (source.charge.currency !== input.currency)
      throw invalidRequest("The currency of `source_transaction`'s balance transaction must be the transfer's.", {
        param: "currency",
      });
    if (amount > source.left)
      throw invalidRequest(
        `This transfer (${amount}) is greater than what is left of its source transaction (${source.left}).`,
        { param: "amount" },
      );
  }
  const id = createIdentifier("tr");
  const availableOn = source?.available ?? scope.now;
  const entry = recordBalance(scope, {
    type: "transfer",
    amount: -amount,
    fee: 0,
    currency: input.currency,
    source: id,
    description: input.description ?? null,
    availableOn,
  });
  const group = input.transfer_group ?? source?.charge.transfer_group ?? null;
  const payment = receivePayment(scope.inAccount(destination.id), {
    amount,
    currency: input.currency,
    transfer: id,
    availableOn,
  });
  const transfer = scope.objects.insert("transfer", {
    id,
    object: "transfer",
    amount,
    amount_reversed: 0,
    balance_transaction: entry.id,
    created: scope.now,
    currency: input.currency,
    description: input.description ?? null,
    destination: destination.id,
    destination_payment: payment,
    livemode: false,
    metadata: mergeMetadata(null, input.metadata),
    reversals: { object: "list", data: [], has_more: false, url: `/v1/transfers/${id}/reversals` },
    reversed: false,
    source_transaction: source?.charge.id ?? null,
    source_type: "card",
    transfer_group: group ?? (source === null ? null : `group_${source.charge.payment_intent ?? source.charge.id}`),
  });
  scope.emit("transfer.created", transfer);
  return transfer;
}

/** The payment (`py_…`) that a transfer is in the account it goes to. `scope` is that account's own. */
function receivePayment(
  scope: Scope,
  {
    amount,
    currency,
    transfer,
    availableOn,
  }: { amount: number; currency: string; transfer: string; availableOn: number },
): string {
  const id = createIdentifier("py");
  const entry = recordBalance(scope, {
    type: "payment",
    amount,
    fee: 0,
    currency,
    source: id,
    description: null,
    availableOn,
    category: "charge",
  });
  scope.objects.insert("charge", {
    id,
    object: "charge",
    amount,
    amount_captured: amount,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: entry.id,
    billing_details: {
      address: { city: null, country: null, line1: null, line2: null, postal_code: null, state: null },
      email: null,
      name: null,
      phone: null,
      tax_id: null,
    },
    calculated_statement_descriptor: null,
    captured: true,
    created: scope.now,
    currency,
    customer: null,
    description: null,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: null,
    failure_message: null,
    fraud_details: {},
    livemode: false,
    metadata: {},
    on_behalf_of: null,
    outcome: null,
    paid: true,
    payment_intent: null,
    payment_method: null,
    payment_method_details: { type: "stripe_account" },
    receipt_email: null,
    receipt_number: null,
    receipt_url: null,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: transfer,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: "succeeded",
    transfer_data: null,
    transfer_group: null,
  });
  return id;
}

export function updateTransfer(
  scope: Scope,
  id: string,
  input: { description?: string | undefined; metadata?: MetadataChange | undefined },
): Stripe.Transfer {
  const transfer = need(scope, "transfer", id);
  return change(
    scope,
    "transfer",
    transfer,
    {
      metadata: mergeMetadata(transfer.metadata, input.metadata),
      ...(input.description === undefined ? {} : { description: input.description }),
    },
    "transfer.updated",
  );
}
