import { createHash } from "node:crypto";
import type Stripe from "stripe";
import { invalidRequest, parameterMissing, resourceMissing } from "../errors.ts";
import { createIdentifier } from "../identifiers.ts";
import { change, need, type Scope } from "../scope.ts";
import { type MetadataChange, mergeMetadata } from "../server/parameters.ts";

export interface BankAccountInput {
  object: "bank_account";
  account_number: string;
  country: string;
  currency?: string | undefined;
  account_holder_name?: string | undefined;
  account_holder_type?: "company" | "individual" | undefined;
  routing_number?: string | undefined;
}

/** A good account in the United States, as the tokens and the onboarding page give it. */
export const goodBankAccount: BankAccountInput = {
  object: "bank_account",
  account_number: "000123456789",
  country: "US",
  currency: "usd",
  routing_number: "110000000",
};

/** The tokens of the documentation. Source: https://docs.stripe.com/connect/testing#account-numbers */
const tokens: Readonly<Record<string, string>> = {
  btok_us: "000123456789",
  btok_us_verified: "000123456789",
  btok_us_noAccount: "000111111116",
  btok_us_accountClosed: "000111111113",
  btok_us_insufficientFunds: "000222222227",
  btok_us_debitNotAuthorized: "000333333335",
};

/** Why a payout to a test account fails, by its number. */
const payoutFailures: Readonly<Record<string, { code: string; message: string }>> = {
  "000111111116": { code: "no_account", message: "The bank account could not be located." },
  "000111111113": { code: "account_closed", message: "The bank account has been closed." },
  "000222222227": { code: "insufficient_funds", message: "The bank account has insufficient funds." },
  "000333333335": { code: "debit_not_authorized", message: "Debits are not approved on this bank account." },
  "000444444440": { code: "invalid_currency", message: "The bank was unable to process this payout in this currency." },
};

export function payoutFailure(scope: Scope, bankAccount: string): { code: string; message: string } | undefined {
  return payoutFailures[scope.objects.hidden(bankAccount) ?? ""];
}

function readInput(input: string | BankAccountInput): BankAccountInput {
  if (typeof input !== "string") return input;
  const number = tokens[input];
  if (number === undefined) throw resourceMissing("token", input, "external_account");
  return { ...goodBankAccount, account_number: number };
}

/** Adds a bank account to a connected one. The first of its currency is where payouts go. `scope` is the account's own. */
export function addBankAccount(
  scope: Scope,
  account: Stripe.Account,
  given: string | BankAccountInput,
  options: { default_for_currency?: boolean | undefined; metadata?: MetadataChange | undefined } = {},
): Stripe.BankAccount {
  const input = readInput(given);
  if (!/^\d{4,17}$|^[A-Z]{2}\d{2}[A-Z0-9]{4,30}$/.test(input.account_number))
    throw invalidRequest("You must use a test bank account number in test mode.", {
      code: "account_number_invalid",
      param: "external_account[account_number]",
    });
  const currency = input.currency ?? account.default_currency ?? "usd";
  if (input.country === "US" && input.routing_number === undefined)
    throw parameterMissing("external_account[routing_number]");
  const others = scope.objects.all("bank_account", { account: account.id, currency });
  const first = others.length === 0 || options.default_for_currency === true;
  if (first) for (const other of others) scope.objects.write("bank_account", { ...other, default_for_currency: false });
  const added = scope.objects.insert(
    "bank_account",
    {
      id: createIdentifier("ba"),
      object: "bank_account",
      account: account.id,
      account_holder_name: input.account_holder_name ?? null,
      account_holder_type: input.account_holder_type ?? null,
      account_type: null,
      available_payout_methods: ["standard"],
      bank_name: "STRIPE TEST BANK",
      country: input.country,
      currency,
      default_for_currency: first,
      fingerprint: createHash("sha256")
        .update(input.account_number)
        .digest("base64url")
        .replaceAll(/[-_]/g, "")
        .slice(0, 16),
      last4: input.account_number.slice(-4),
      metadata: mergeMetadata(null, options.metadata),
      routing_number: input.routing_number ?? null,
      status: "new",
    },
    input.account_number,
  );
  scope.emit("account.external_account.created", added);
  return added;
}

export function removeBankAccount(scope: Scope, id: string): object {
  const bank = need(scope, "bank_account", id);
  const others = scope.objects.all("bank_account", { currency: bank.currency });
  if (bank.default_for_currency === true && others.length > 1)
    throw invalidRequest(
      "You cannot delete the default external account for your default currency. Please make another external account the default using the `default_for_currency` param, and then delete this one.",
    );
  scope.objects.remove(id);
  scope.emit("account.external_account.deleted", bank);
  return { id, object: "bank_account", deleted: true };
}

export function updateBankAccount(
  scope: Scope,
  id: string,
  input: { default_for_currency?: boolean | undefined; metadata?: MetadataChange | undefined },
): Stripe.BankAccount {
  const bank = need(scope, "bank_account", id);
  if (input.default_for_currency === true)
    for (const other of scope.objects.all("bank_account", { currency: bank.currency }))
      scope.objects.write("bank_account", { ...other, default_for_currency: other.id === id });
  const patch: Partial<Stripe.BankAccount> = { metadata: mergeMetadata(bank.metadata ?? null, input.metadata) };
  return change(scope, "bank_account", need(scope, "bank_account", id), patch, "account.external_account.updated");
}

/** Where the payouts of a currency go. */
export function payoutTarget(scope: Scope, currency: string): Stripe.BankAccount | undefined {
  return scope.objects.all("bank_account", { currency, default_for_currency: true })[0];
}
