/** From Stripe's connected account to ours. */
import type { Clock } from "@revops/core";
import type Stripe from "stripe";
import { fromUnix } from "../gateway/objects.ts";
import { readOrNull } from "../gateway/refusal.ts";
import type { ReadMirror } from "../mirrors/mirrors.ts";
import type { ConnectedAccountStore } from "./store.ts";

/** Metadata that says whose account it is. */
export const publisherMark = "revops_publisher";

export function createReadAccount(options: {
  readonly stripe: Stripe;
  readonly clock: Clock;
  readonly store: ConnectedAccountStore;
}): ReadMirror {
  const { stripe, clock, store } = options;
  return async (id) => {
    const account = await readOrNull(stripe.accounts.retrieve(id));
    return async (tx) => {
      const publisherId =
        (await store.findByStripeId(tx, id))?.publisherId ?? account?.metadata?.[publisherMark] ?? undefined;
      if (!account || publisherId === undefined) return;
      await store.put(tx, {
        publisherId,
        stripeAccountId: id,
        transfersEnabled: account.capabilities?.transfers === "active",
        payoutsEnabled: account.payouts_enabled,
        detailsSubmitted: account.details_submitted,
        createdAt: account.created === undefined ? clock.now() : fromUnix(account.created),
      });
    };
  };
}
