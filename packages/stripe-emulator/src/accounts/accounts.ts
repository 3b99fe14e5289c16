import type Stripe from "stripe";
import { invalidRequest } from "../errors.ts";
import { createIdentifier } from "../identifiers.ts";
import { change, need, type Scope } from "../scope.ts";
import { given, type MetadataChange, mergeMetadata } from "../server/parameters.ts";
import { addBankAccount, type BankAccountInput, goodBankAccount } from "./external-accounts.ts";
import { currentlyDue, toRequirements } from "./requirements.ts";

type Capability = "card_payments" | "transfers";

const profileFields = [
  "mcc",
  "name",
  "product_description",
  "support_email",
  "support_phone",
  "support_url",
  "url",
] as const;

export interface AccountInput {
  type?: "custom" | "express" | "standard" | undefined;
  business_profile?: { [name in (typeof profileFields)[number]]?: string | undefined } | undefined;
  business_type?: Stripe.Account.BusinessType | undefined;
  capabilities?: { [name in Capability]?: { requested?: boolean | undefined } | undefined } | undefined;
  controller?:
    | {
        fees?: { payer?: "account" | "application" | undefined } | undefined;
        losses?: { payments?: "application" | "stripe" | undefined } | undefined;
        requirement_collection?: "application" | "stripe" | undefined;
        stripe_dashboard?: { type?: "express" | "full" | "none" | undefined } | undefined;
      }
    | undefined;
  country?: string | undefined;
  default_currency?: string | undefined;
  email?: string | undefined;
  external_account?: string | BankAccountInput | undefined;
  metadata?: MetadataChange | undefined;
  settings?:
    | {
        payouts?:
          | {
              debit_negative_balances?: boolean | undefined;
              schedule?: { interval?: string | undefined; delay_days?: number | undefined } | undefined;
              statement_descriptor?: string | undefined;
            }
          | undefined;
      }
    | undefined;
  tos_acceptance?:
    | {
        date?: number | undefined;
        ip?: string | undefined;
        user_agent?: string | undefined;
        service_agreement?: string | undefined;
      }
    | undefined;
}

/** The hidden part of an account. */
interface Progress {
  requested: Capability[];
  onboarded: boolean;
}

const currencies: Readonly<Record<string, string>> = {
  AU: "aud",
  BR: "brl",
  CA: "cad",
  CH: "chf",
  CZ: "czk",
  DK: "dkk",
  GB: "gbp",
  HK: "hkd",
  HU: "huf",
  JP: "jpy",
  MX: "mxn",
  NO: "nok",
  NZ: "nzd",
  PL: "pln",
  RO: "ron",
  SE: "sek",
  SG: "sgd",
  US: "usd",
};

/** What the three older types mean in terms of who controls what. Source: https://docs.stripe.com/connect/migrate-to-controller-properties */
const controllers: Readonly<Record<"custom" | "express" | "standard", Stripe.Account.Controller>> = {
  custom: {
    type: "application",
    fees: { payer: "application_custom" },
    is_controller: true,
    losses: { payments: "application" },
    requirement_collection: "application",
    stripe_dashboard: { type: "none" },
  },
  express: {
    type: "application",
    fees: { payer: "application_express" },
    is_controller: true,
    losses: { payments: "application" },
    requirement_collection: "stripe",
    stripe_dashboard: { type: "express" },
  },
  standard: {
    type: "application",
    fees: { payer: "account" },
    is_controller: true,
    losses: { payments: "stripe" },
    requirement_collection: "stripe",
    stripe_dashboard: { type: "full" },
  },
};

function progressOf(scope: Scope, id: string): Progress {
  return JSON.parse(scope.objects.hidden(id) ?? '{"requested":[],"onboarded":false}') as Progress;
}

function controllerOf(input: AccountInput): { type: Stripe.Account.Type; controller: Stripe.Account.Controller } {
  if (input.type !== undefined && input.controller !== undefined)
    throw invalidRequest("You may only specify one of these parameters: type, controller.", { param: "type" });
  if (input.controller === undefined)
    return { type: input.type ?? "standard", controller: controllers[input.type ?? "standard"] };
  const { fees, losses, requirement_collection, stripe_dashboard } = input.controller;
  return {
    type: "none",
    controller: {
      type: "application",
      fees: { payer: fees?.payer ?? "account" },
      is_controller: true,
      losses: { payments: losses?.payments ?? "stripe" },
      requirement_collection: requirement_collection ?? "stripe",
      stripe_dashboard: { type: stripe_dashboard?.type ?? "full" },
    },
  };
}

/** Makes a connected account. What it must still give is in `requirements`; until then its capabilities are inactive. */
export function createAccount(scope: Scope, input: AccountInput): Stripe.Account {
  const { type, controller } = controllerOf(input);
  const country = (input.country ?? "US").toUpperCase();
  const id = createIdentifier("acct");
  scope.objects.insert(
    "account",
    {
      id,
      object: "account",
      business_profile: {
        annual_revenue: null,
        estimated_worker_count: null,
        mcc: null,
        minority_owned_business_designation: null,
        name: null,
        product_description: null,
        specified_commercial_transactions_act_url: null,
        support_address: null,
        support_email: null,
        support_phone: null,
        support_url: null,
        url: null,
      },
      business_type: null,
      capabilities: {},
      charges_enabled: false,
      controller,
      country,
      created: scope.now,
      default_currency: input.default_currency ?? currencies[country] ?? "eur",
      details_submitted: false,
      email: null,
      future_requirements: toRequirements([]),
      metadata: {},
      payouts_enabled: false,
      requirements: toRequirements([]),
      settings: {
        branding: { icon: null, logo: null, primary_color: null, secondary_color: null },
        card_payments: {
          statement_descriptor_prefix: null,
          statement_descriptor_prefix_kana: null,
          statement_descriptor_prefix_kanji: null,
        },
        dashboard: { display_name: null, timezone: "Etc/UTC" },
        payments: {
          statement_descriptor: null,
          statement_descriptor_kana: null,
          statement_descriptor_kanji: null,
          statement_descriptor_prefix_kana: null,
          statement_descriptor_prefix_kanji: null,
        },
        payouts: {
          debit_negative_balances: controller.losses?.payments === "stripe",
          schedule: { delay_days: 2, interval: "manual" },
          statement_descriptor: null,
        },
      },
      tos_acceptance: { date: null, ip: null, user_agent: null },
      type,
    },
    JSON.stringify({ requested: [], onboarded: false } satisfies Progress),
  );
  return applyInput(scope, id, input, false);
}

export function updateAccount(scope: Scope, id: string, input: AccountInput): Stripe.Account {
  need(scope, "account", id);
  return applyInput(scope, id, input, true);
}

function applyInput(scope: Scope, id: string, input: AccountInput, announce: boolean): Stripe.Account {
  const account = need(scope, "account", id);
  const progress = progressOf(scope, id);
  for (const name of ["card_payments", "transfers"] as const) {
    const wish = input.capabilities?.[name]?.requested;
    if (wish === undefined) continue;
    progress.requested = progress.requested.filter((one) => one !== name);
    if (wish) progress.requested.push(name);
  }
  scope.objects.hide(id, JSON.stringify(progress));
  if (input.external_account !== undefined) addBankAccount(scope.inAccount(id), account, input.external_account);
  const payouts = input.settings?.payouts;
  const patch: Partial<Stripe.Account> = { metadata: mergeMetadata(account.metadata ?? null, input.metadata) };
  if (input.business_profile !== undefined && account.business_profile)
    patch.business_profile = { ...account.business_profile, ...given(input.business_profile) };
  if (input.business_type !== undefined) patch.business_type = input.business_type;
  if (input.default_currency !== undefined) patch.default_currency = input.default_currency;
  if (input.email !== undefined) patch.email = input.email;
  if (input.tos_acceptance !== undefined)
    patch.tos_acceptance = { ...account.tos_acceptance, ...given(input.tos_acceptance) };
  if (payouts !== undefined && account.settings?.payouts) {
    const before = account.settings.payouts;
    patch.settings = {
      ...account.settings,
      payouts: {
        debit_negative_balances: payouts.debit_negative_balances ?? before.debit_negative_balances,
        schedule: {
          delay_days: payouts.schedule?.delay_days ?? before.schedule.delay_days,
          interval: payouts.schedule?.interval ?? before.schedule.interval,
        },
        statement_descriptor: payouts.statement_descriptor ?? before.statement_descriptor,
      },
    };
  }
  return settle(scope, { ...account, ...patch }, announce ? account : null);
}

/** Works out what is still due and what the account may do by now, and tells when that changed. */
function settle(scope: Scope, wanted: Stripe.Account, before: Stripe.Account | null): Stripe.Account {
  const own = scope.inAccount(wanted.id);
  const { requested, onboarded } = progressOf(scope, wanted.id);
  const due = currentlyDue(wanted.controller?.requirement_collection ?? "stripe", {
    bankAccount: own.objects.all("bank_account").length > 0,
    termsAccepted: wanted.tos_acceptance?.date != null,
    onboarded,
  });
  const ready = due.length === 0;
  const able = ready ? "active" : "inactive";
  const after: Stripe.Account = {
    ...wanted,
    capabilities: Object.fromEntries(requested.map((name) => [name, able])),
    charges_enabled: ready && requested.includes("card_payments"),
    details_submitted: onboarded || ready,
    payouts_enabled: ready,
    requirements: toRequirements(due),
  };
  // Events of a connected account happen in that account; the object itself belongs to the platform.
  if (before === null) scope.objects.write("account", after);
  else change(scope, "account", before, after, null);
  if (before === null || JSON.stringify(before) !== JSON.stringify(after)) own.emit("account.updated", after);
  return after;
}

/** What the hosted onboarding page does when its owner submits it: everything that is due is given. */
export function finishOnboarding(scope: Scope, id: string): Stripe.Account {
  const account = need(scope, "account", id);
  const own = scope.inAccount(id);
  if (own.objects.all("bank_account").length === 0)
    addBankAccount(own, account, { ...goodBankAccount, currency: account.default_currency });
  scope.objects.hide(id, JSON.stringify({ ...progressOf(scope, id), onboarded: true } satisfies Progress));
  const accepted: Stripe.Account = {
    ...account,
    business_type: account.business_type ?? "individual",
    tos_acceptance:
      account.tos_acceptance?.date != null
        ? account.tos_acceptance
        : { date: scope.now, ip: "127.0.0.1", user_agent: null },
  };
  return settle(scope, accepted, account);
}

/** Its bank accounts are listed inside an account. */
export function showAccount(scope: Scope, account: Stripe.Account): Stripe.Account {
  return {
    ...account,
    external_accounts: {
      object: "list",
      data: scope.inAccount(account.id).objects.all("bank_account"),
      has_more: false,
      url: `/v1/accounts/${account.id}/external_accounts`,
    },
  };
}

/** After its bank accounts changed. */
export function reviewAccount(scope: Scope, id: string): void {
  const account = need(scope, "account", id);
  settle(scope, account, account);
}

/** Only an account without money can go. */
export function deleteAccount(scope: Scope, id: string): object {
  const account = need(scope, "account", id);
  const own = scope.inAccount(id);
  if (own.objects.total("balance_transaction", "net") !== 0)
    throw invalidRequest("The account cannot be deleted while its balance is not zero.");
  const remains = { id, object: "account", deleted: true } as const;
  own.emit("account.application.deauthorized", account);
  scope.objects.bury(id, remains);
  return remains;
}
