import type Stripe from "stripe";
import { checkAvailable } from "../balance-transactions/balance.ts";
import { recordBalance } from "../balance-transactions/balance-transactions.ts";
import { invalidRequest } from "../errors.ts";
import { createIdentifier } from "../identifiers.ts";
import { need, type Scope } from "../scope.ts";
import { type MetadataChange, mergeMetadata } from "../server/parameters.ts";
import { idOf } from "../store/kinds.ts";

/**
 * Takes a transfer back, or a part of it, from what the connected account has available.
 * Source: https://docs.stripe.com/api/transfer_reversals
 */
export function createReversal(
  scope: Scope,
  transferId: string,
  input: { amount?: number | undefined; description?: string | undefined; metadata?: MetadataChange | undefined },
): Stripe.TransferReversal {
  const transfer = need(scope, "transfer", transferId);
  const left = transfer.amount - transfer.amount_reversed;
  const amount = input.amount ?? left;
  if (transfer.reversed) throw invalidRequest(`Transfer ${transfer.id} is already fully reversed.`);
  if (amount > left)
    throw invalidRequest(
      `Transfer reversal amount (${amount}) is greater than unreversed amount on transfer (${left}).`,
      {
        param: "amount",
      },
    );
  const own = scope.inAccount(idOf(transfer.destination) ?? "");
  const payment = need(own, "charge", idOf(transfer.destination_payment) ?? "");
  const received = own.objects.find("balance_transaction", idOf(payment.balance_transaction) ?? "");
  // What is still under way can be taken back as it came; otherwise the account must have it.
  const underWay = received !== undefined && received.available_on > scope.now;
  if (!underWay)
    checkAvailable(
      own,
      amount,
      transfer.currency,
      `The connected account's available balance is too low to reverse ${amount} ${transfer.currency} of ${transfer.id}.`,
    );
  const id = createIdentifier("trr");
  const availableOn = underWay ? received.available_on : scope.now;
  const entry = recordBalance(scope, {
    type: "transfer_refund",
    amount,
    fee: 0,
    currency: transfer.currency,
    source: id,
    description: `REFUND FOR TRANSFER${transfer.description === null ? "" : ` (${transfer.description})`}`,
    availableOn,
    category: "transfer_reversal",
  });
  const refund = refundPayment(own, payment, amount, id, availableOn);
  const reversal = scope.objects.insert("transfer_reversal", {
    id,
    object: "transfer_reversal",
    amount,
    balance_transaction: entry.id,
    created: scope.now,
    currency: transfer.currency,
    destination_payment_refund: refund,
    metadata: mergeMetadata(null, input.metadata),
    source_refund: null,
    transfer: transfer.id,
  });
  const reversed = transfer.amount_reversed + amount;
  const after: Stripe.Transfer = {
    ...transfer,
    amount_reversed: reversed,
    reversed: reversed === transfer.amount,
    reversals: { ...transfer.reversals, data: [reversal, ...transfer.reversals.data] },
  };
  scope.objects.write("transfer", after);
  scope.emit("transfer.reversed", after);
  return reversal;
}

/** The refund (`pyr_…`) that a reversal is in the account it takes from. `scope` is that account's own. */
function refundPayment(
  scope: Scope,
  payment: Stripe.Charge,
  amount: number,
  reversal: string,
  availableOn: number,
): string {
  const id = createIdentifier("pyr");
  const entry = recordBalance(scope, {
    type: "payment_refund",
    amount: -amount,
    fee: 0,
    currency: payment.currency,
    source: id,
    description: "REFUND FOR PAYMENT",
    availableOn,
    category: "refund",
  });
  scope.objects.insert("refund", {
    id,
    object: "refund",
    amount,
    balance_transaction: entry.id,
    charge: payment.id,
    created: scope.now,
    currency: payment.currency,
    customer: null,
    customer_account: null,
    metadata: {},
    payment_intent: null,
    payment_method: null,
    reason: null,
    receipt_number: null,
    source_transfer_reversal: reversal,
    status: "succeeded",
    transfer_reversal: null,
  });
  const refunded = payment.amount_refunded + amount;
  scope.objects.write("charge", { ...payment, amount_refunded: refunded, refunded: refunded === payment.amount });
  return id;
}
