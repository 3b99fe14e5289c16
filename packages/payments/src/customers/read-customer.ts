/** From Stripe's customer to ours. */

import type { Tx } from "@revops/database";
import type Stripe from "stripe";
import { fromUnix, idOf } from "../gateway/objects.ts";
import { readOrNull } from "../gateway/refusal.ts";
import type { ReadMirror } from "../mirrors/mirrors.ts";
import type { ForgottenStore } from "./forgotten-store.ts";
import type { CustomerStore } from "./store.ts";

/** Metadata that says whose customer it is. */
export const subjectMark = "revops_subject";

export function createReadCustomer({
  stripe,
  store,
  forgotten,
  onNewDefault,
  onForgotten,
}: {
  readonly stripe: Stripe;
  readonly store: CustomerStore;
  readonly forgotten: Pick<ForgottenStore, "hasNow">;
  /** Hears of a default payment method that was not the default before. */
  readonly onNewDefault: (tx: Tx, subjectId: string) => Promise<void>;
  /** Hears of what Stripe has of someone who is forgotten. */
  readonly onForgotten: (tx: Tx, subjectId: string) => Promise<void>;
}): ReadMirror {
  return async (id) => {
    const customer = await readOrNull(stripe.customers.retrieve(id));
    if (customer === null || customer.deleted) return (tx) => store.remove(tx, id);
    return async (tx) => {
      const before = await store.findByStripeId(tx, id);
      const subjectId = before?.subjectId ?? customer.metadata[subjectMark];
      // Somebody else's customer in the same account.
      if (subjectId === undefined) return;
      const isForgotten = await forgotten.hasNow(tx, subjectId);
      const theirs = {
        email: customer.email,
        name: customer.name ?? null,
        defaultPaymentMethodId: idOf(customer.invoice_settings.default_payment_method),
      };
      const kept = isForgotten ? { email: null, name: null, defaultPaymentMethodId: null } : theirs;
      await store.put(tx, { subjectId, stripeCustomerId: id, ...kept, createdAt: fromUnix(customer.created) });
      if (isForgotten) {
        if (Object.values(theirs).some(Boolean)) await onForgotten(tx, subjectId);
        return;
      }
      const { defaultPaymentMethodId } = theirs;
      const isNew = defaultPaymentMethodId !== null && defaultPaymentMethodId !== before?.defaultPaymentMethodId;
      if (isNew) await onNewDefault(tx, subjectId);
    };
  };
}
