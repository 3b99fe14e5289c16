/** From Stripe's customer to ours. */

import type Stripe from "stripe";
import { fromUnix, idOf } from "../gateway/objects.ts";
import { readOrNull } from "../gateway/refusal.ts";
import type { ReadMirror } from "../mirrors/mirrors.ts";
import type { CustomerStore } from "./store.ts";

/** Metadata that says whose customer it is. */
export const subjectMark = "revops_subject";

export function createReadCustomer({ stripe, store }: { stripe: Stripe; store: CustomerStore }): ReadMirror {
  return async (id) => {
    const customer = await readOrNull(stripe.customers.retrieve(id));
    if (customer === null || customer.deleted) return (tx) => store.remove(tx, id);
    return async (tx) => {
      const subjectId = (await store.findByStripeId(tx, id))?.subjectId ?? customer.metadata[subjectMark];
      // Somebody else's customer in the same account.
      if (subjectId === undefined) return;
      await store.put(tx, {
        subjectId,
        stripeCustomerId: id,
        email: customer.email,
        name: customer.name ?? null,
        defaultPaymentMethodId: idOf(customer.invoice_settings.default_payment_method),
        createdAt: fromUnix(customer.created),
      });
    };
  };
}
