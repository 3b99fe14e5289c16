import type Stripe from "stripe";
import { resourceMissing } from "../errors.ts";
import { createIdentifier } from "../identifiers.ts";
import { need, type Scope } from "../scope.ts";
import { address } from "../server/fields.ts";
import { createdParameters, page, pageOf, pageParameters } from "../server/pages.ts";
import {
  currency,
  type Field,
  flag,
  hash,
  integer,
  metadata,
  oneOf,
  required,
  text,
  timestamp,
} from "../server/parameters.ts";
import { type Route, route } from "../server/route.ts";
import { createAccount, deleteAccount, reviewAccount, showAccount, updateAccount } from "./accounts.ts";
import { addBankAccount, type BankAccountInput, removeBankAccount, updateBankAccount } from "./external-accounts.ts";

const bankAccount = hash({
  object: required(oneOf("bank_account")),
  account_number: required(text(34)),
  country: required(text(2)),
  currency: currency(),
  account_holder_name: text(),
  account_holder_type: oneOf("company", "individual"),
  routing_number: text(20),
});
const externalAccount: Field<string | BankAccountInput> = {
  parse: (value, param) => (typeof value === "string" ? text().parse(value, param) : bankAccount.parse(value, param)),
};
const capability = () => hash({ requested: flag() });
const dateOfBirth = hash({ day: integer(1, 31), month: integer(1, 12), year: integer(1900, 2100) });

/** What both ways of giving an account's details take. Details of people are taken and not looked at. */
const fields = {
  business_profile: hash({
    mcc: text(4),
    name: text(),
    product_description: text(40_000),
    support_email: text(),
    support_phone: text(),
    support_url: text(),
    url: text(),
  }),
  business_type: oneOf("company", "government_entity", "individual", "non_profit"),
  capabilities: hash({ card_payments: capability(), transfers: capability() }),
  company: hash({ address: address(), name: text(), phone: text(), tax_id: text() }),
  default_currency: currency(),
  email: text(512),
  external_account: externalAccount,
  individual: hash({
    address: address(),
    dob: dateOfBirth,
    email: text(),
    first_name: text(),
    id_number: text(),
    last_name: text(),
    phone: text(),
    ssn_last_4: text(4),
  }),
  metadata: metadata(),
  settings: hash({
    payouts: hash({
      debit_negative_balances: flag(),
      schedule: hash({ delay_days: integer(0, 31), interval: oneOf("manual") }),
      statement_descriptor: text(22),
    }),
  }),
  tos_acceptance: hash({ date: timestamp(), ip: text(), service_agreement: text(), user_agent: text() }),
};

/** How long a link to the onboarding page is good. */
const linkSeconds = 300;

/** The platform itself, as `GET /v1/account` shows it to its own key. */
function platform(scope: Scope): Stripe.Account {
  return {
    id: "acct_emulator",
    object: "account",
    charges_enabled: true,
    country: "US",
    created: scope.now,
    default_currency: "usd",
    details_submitted: true,
    email: null,
    metadata: {},
    payouts_enabled: true,
    type: "standard",
  };
}

export const accountRoutes: readonly Route[] = [
  route({
    method: "post",
    path: "/v1/accounts",
    parameters: {
      ...fields,
      controller: hash({
        fees: hash({ payer: oneOf("account", "application") }),
        losses: hash({ payments: oneOf("application", "stripe") }),
        requirement_collection: oneOf("application", "stripe"),
        stripe_dashboard: hash({ type: oneOf("express", "full", "none") }),
      }),
      country: text(2),
      type: oneOf("custom", "express", "standard"),
    },
    handle: ({ scope, params }) => showAccount(scope, createAccount(scope, params)),
  }),
  route({
    method: "get",
    path: "/v1/account",
    parameters: {},
    handle({ scope }) {
      if (scope.account === "") return platform(scope);
      const outside = scope.inAccount("");
      return showAccount(outside, need(outside, "account", scope.account));
    },
  }),
  route({
    method: "get",
    path: "/v1/accounts",
    parameters: createdParameters,
    handle({ scope, params }) {
      const found = page(scope, "account", params, {}, "/v1/accounts");
      return { ...found, data: found.data.map((one) => showAccount(scope, one)) };
    },
  }),
  route({
    method: "get",
    path: "/v1/accounts/:id",
    parameters: {},
    handle: ({ scope, id }) => showAccount(scope.inAccount(""), need(scope.inAccount(""), "account", id)),
  }),
  route({
    method: "post",
    path: "/v1/accounts/:id",
    parameters: fields,
    handle: ({ scope, params, id }) => showAccount(scope, updateAccount(scope, id, params)),
  }),
  route({
    method: "delete",
    path: "/v1/accounts/:id",
    parameters: {},
    handle: ({ scope, id }) => deleteAccount(scope, id),
  }),
  route({
    method: "get",
    path: "/v1/accounts/:id/external_accounts",
    parameters: { ...pageParameters, object: oneOf("bank_account") },
    handle({ scope, params, id }) {
      need(scope, "account", id);
      const all = scope.inAccount(id).objects.all("bank_account");
      return pageOf(all, params, `/v1/accounts/${id}/external_accounts`);
    },
  }),
  route({
    method: "post",
    path: "/v1/accounts/:id/external_accounts",
    parameters: {
      external_account: required(externalAccount),
      default_for_currency: flag(),
      metadata: metadata(),
    },
    handle({ scope, params, id }) {
      const added = addBankAccount(scope.inAccount(id), need(scope, "account", id), params.external_account, params);
      reviewAccount(scope, id);
      return added;
    },
  }),
  route({
    method: "get",
    path: "/v1/accounts/:id/external_accounts/:bank",
    parameters: {},
    handle({ scope, id, segment }) {
      need(scope, "account", id);
      return need(scope.inAccount(id), "bank_account", segment("bank"));
    },
  }),
  route({
    method: "post",
    path: "/v1/accounts/:id/external_accounts/:bank",
    parameters: { default_for_currency: flag(), metadata: metadata() },
    handle({ scope, params, id, segment }) {
      need(scope, "account", id);
      return updateBankAccount(scope.inAccount(id), segment("bank"), params);
    },
  }),
  route({
    method: "delete",
    path: "/v1/accounts/:id/external_accounts/:bank",
    parameters: {},
    handle({ scope, id, segment }) {
      need(scope, "account", id);
      const removed = removeBankAccount(scope.inAccount(id), segment("bank"));
      reviewAccount(scope, id);
      return removed;
    },
  }),
  route({
    method: "post",
    path: "/v1/accounts/:id/login_links",
    parameters: {},
    handle({ scope, id }) {
      const account = need(scope, "account", id);
      if (account.controller?.stripe_dashboard?.type !== "express") throw resourceMissing("account", id);
      return { object: "login_link", created: scope.now, url: `${scope.baseUrl}/_emulator/objects/${id}` };
    },
  }),
  route({
    method: "post",
    path: "/v1/account_links",
    parameters: {
      account: required(text()),
      type: required(oneOf("account_onboarding", "account_update")),
      collect: oneOf("currently_due", "eventually_due"),
      collection_options: hash({
        fields: oneOf("currently_due", "eventually_due"),
        future_requirements: oneOf("include", "omit"),
      }),
      refresh_url: required(text()),
      return_url: required(text()),
    },
    handle({ scope, params }) {
      const account = need(scope, "account", params.account, "account");
      const id = createIdentifier("alink");
      const link = scope.objects.insert("account_link", {
        id,
        object: "account_link",
        account: account.id,
        created: scope.now,
        expires_at: scope.now + linkSeconds,
        refresh_url: params.refresh_url,
        return_url: params.return_url,
        url: `${scope.baseUrl}/_emulator/onboarding/${id}`,
      });
      return { object: link.object, created: link.created, expires_at: link.expires_at, url: link.url };
    },
  }),
  route({
    method: "get",
    path: "/v1/accounts/:id/capabilities",
    parameters: {},
    handle({ scope, id }) {
      const account = need(scope, "account", id);
      const data = Object.entries(account.capabilities ?? {}).map(([name, status]) => ({
        id: name,
        object: "capability",
        account: id,
        future_requirements: account.future_requirements,
        requested: true,
        requested_at: account.created,
        requirements: account.requirements,
        status,
      }));
      return { object: "list", data, has_more: false, url: `/v1/accounts/${id}/capabilities` };
    },
  }),
];
