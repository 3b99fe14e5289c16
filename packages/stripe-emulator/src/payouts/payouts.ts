import type Stripe from "stripe";
import { goodBankAccount, payoutFailure, payoutTarget } from "../accounts/external-accounts.ts";
import { checkAvailable } from "../balance-transactions/balance.ts";
import { recordBalance } from "../balance-transactions/balance-transactions.ts";
import { invalidRequest } from "../errors.ts";
import { createIdentifier } from "../identifiers.ts";
import { change, need, type Scope } from "../scope.ts";
import { type MetadataChange, mergeMetadata } from "../server/parameters.ts";
import { idOf } from "../store/kinds.ts";

export interface PayoutInput {
  amount: number;
  currency: string;
  description?: string | undefined;
  destination?: string | undefined;
  metadata?: MetadataChange | undefined;
  method?: "instant" | "standard" | undefined;
  statement_descriptor?: string | undefined;
}

const twoDays = 2 * 86_400;
/** An instant payout arrives within half an hour. */
const halfAnHour = 1_800;

/** The bank account of the platform itself, made when it is first needed. */
function targetOf(scope: Scope, input: PayoutInput): Stripe.BankAccount {
  if (input.destination !== undefined) return need(scope, "bank_account", input.destination, "destination");
  const known = payoutTarget(scope, input.currency);
  if (known !== undefined) return known;
  if (scope.account !== "")
    throw invalidRequest(
      `Sorry, you don't have any external accounts in that currency (${input.currency}). Please add one first.`,
      { code: "payouts_not_allowed" },
    );
  return scope.objects.insert(
    "bank_account",
    {
      id: createIdentifier("ba"),
      object: "bank_account",
      account: null,
      account_holder_name: null,
      account_holder_type: null,
      account_type: null,
      bank_name: "STRIPE TEST BANK",
      country: "US",
      currency: input.currency,
      default_for_currency: true,
      fingerprint: null,
      last4: "6789",
      metadata: {},
      routing_number: goodBankAccount.routing_number ?? null,
      status: "new",
    },
    goodBankAccount.account_number,
  );
}

/** Sends available money of an account to its bank. It arrives, or comes back, when the timer is due. */
export function createPayout(scope: Scope, input: PayoutInput): Stripe.Payout {
  checkAvailable(
    scope,
    input.amount,
    input.currency,
    "You have insufficient funds in your Stripe account for this transfer. Your card balance is too low.",
  );
  const target = targetOf(scope, input);
  const id = createIdentifier("po");
  const arrival = scope.now + (input.method === "instant" ? halfAnHour : twoDays);
  const entry = recordBalance(scope, {
    type: "payout",
    amount: -input.amount,
    fee: 0,
    currency: input.currency,
    source: id,
    description: input.description ?? "STRIPE PAYOUT",
  });
  const payout = scope.objects.insert("payout", {
    id,
    object: "payout",
    amount: input.amount,
    application_fee: null,
    application_fee_amount: null,
    arrival_date: arrival,
    automatic: false,
    balance_transaction: entry.id,
    created: scope.now,
    currency: input.currency,
    description: input.description ?? null,
    destination: target.id,
    failure_balance_transaction: null,
    failure_code: null,
    failure_message: null,
    livemode: false,
    metadata: mergeMetadata(null, input.metadata),
    method: input.method ?? "standard",
    original_payout: null,
    payout_method: null,
    reconciliation_status: "not_applicable",
    reversed_by: null,
    source_type: "card",
    statement_descriptor: input.statement_descriptor ?? null,
    status: "pending",
    trace_id: null,
    type: "bank_account",
  });
  scope.emit("payout.created", payout);
  scope.timers.set({ object: id, task: "payout.arrive", due: arrival, testClock: null });
  return payout;
}

/** The money comes back to the balance. */
function putBack(scope: Scope, payout: Stripe.Payout, type: "payout_cancel" | "payout_failure"): string {
  return recordBalance(scope, {
    type,
    amount: payout.amount,
    fee: 0,
    currency: payout.currency,
    source: payout.id,
    description: "STRIPE PAYOUT",
    availableOn: scope.now,
    category: type === "payout_failure" ? "payout_reversal" : "payout",
  }).id;
}

/** Timer: the bank has it, or does not take it. */
export function arrive(scope: Scope, id: string): void {
  const payout = scope.objects.find("payout", id);
  if (payout?.status !== "pending") return;
  const failure = payoutFailure(scope, idOf(payout.destination) ?? "");
  if (failure === undefined) {
    change(scope, "payout", payout, { status: "paid" }, "payout.paid");
    return;
  }
  change(
    scope,
    "payout",
    payout,
    {
      status: "failed",
      failure_code: failure.code,
      failure_message: failure.message,
      failure_balance_transaction: putBack(scope, payout, "payout_failure"),
    },
    "payout.failed",
  );
}

export function cancelPayout(scope: Scope, id: string): Stripe.Payout {
  const payout = need(scope, "payout", id);
  if (payout.status !== "pending")
    throw invalidRequest(`You cannot cancel a payout that is ${payout.status}.`, { code: "payout_not_cancelable" });
  scope.timers.clear(id);
  const entry = putBack(scope, payout, "payout_cancel");
  return change(scope, "payout", payout, { status: "canceled", failure_balance_transaction: entry }, "payout.canceled");
}
