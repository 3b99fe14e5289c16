/** Connected accounts: one for each publisher. */
import type { Database } from "@revops/database";
import type { Calls } from "../calls/calls.ts";
import { paymentsErrors } from "../errors.ts";
import type { Mirrors } from "../mirrors/mirrors.ts";
import type { ConnectedAccount, CreateConnectedAccount, OnboardAccount } from "./connected-account.ts";
import { publisherMark } from "./read-account.ts";
import type { ConnectedAccountStore } from "./store.ts";

/** Thrown inside the transaction that would make a second account; never seen by callers. */
const taken = new Error("The publisher has an account.");

export interface ConnectedAccounts {
  create(input: CreateConnectedAccount): Promise<ConnectedAccount>;
  onboard(input: OnboardAccount): Promise<{ readonly url: string }>;
  get(publisherId: string): Promise<ConnectedAccount | null>;
  refresh(publisherId: string): Promise<ConnectedAccount>;
}

export function createConnectedAccounts(options: {
  readonly database: Database;
  readonly store: ConnectedAccountStore;
  readonly calls: Calls;
  readonly mirrors: Mirrors;
}): ConnectedAccounts {
  const { database, store, calls, mirrors } = options;

  async function need(publisherId: string): Promise<ConnectedAccount> {
    const account = await store.find(database, publisherId);
    if (!account) throw paymentsErrors.connected_account_not_found();
    return account;
  }

  return {
    async create({ publisherId, email, country }) {
      const known = await store.find(database, publisherId);
      if (known) return known;
      const params = {
        // Stripe collects who they are and carries the liability; we decide when money goes to them.
        type: "express" as const,
        capabilities: { transfers: { requested: true } },
        ...(email === undefined ? {} : { email }),
        ...(country === undefined ? {} : { country }),
        metadata: { [publisherMark]: publisherId },
      };
      const purpose = `account:${publisherId}`;
      await calls
        .perform({ operation: "account.create", params, subjectId: null, purpose }, async (tx) => {
          // Looked at after the purpose was taken: another's account is committed together with giving it free.
          if (await store.find(tx, publisherId)) throw taken;
        })
        .catch((error: unknown) => {
          if (error !== taken) throw error;
        });
      const account = await store.find(database, publisherId);
      if (!account) throw paymentsErrors.stripe_unavailable({ detail: "The account could not be made." });
      return account;
    },
    async onboard({ publisherId, returnUrl, refreshUrl }) {
      const { stripeAccountId: account } = await need(publisherId);
      const params = {
        account,
        type: "account_onboarding" as const,
        return_url: returnUrl,
        refresh_url: refreshUrl,
      };
      const link = await calls.perform({ operation: "account_link.create", params, subjectId: null });
      if (link.joined || !link.url) throw paymentsErrors.stripe_unavailable();
      return { url: link.url };
    },

    async refresh(publisherId) {
      const { stripeAccountId: id } = await need(publisherId);
      await mirrors.sync({ kind: "account", id });
      return need(publisherId);
    },

    get: (publisherId) => store.find(database, publisherId),
  };
}
