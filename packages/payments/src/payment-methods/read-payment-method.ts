/** From Stripe's payment method to ours. */
import type { Clock } from "@revops/core";
import type { Tx } from "@revops/database";
import type Stripe from "stripe";
import type { ForgottenStore } from "../customers/forgotten-store.ts";
import type { CustomerStore } from "../customers/store.ts";
import { fromUnix, idOf } from "../gateway/objects.ts";
import { readOrNull } from "../gateway/refusal.ts";
import type { ReadMirror } from "../mirrors/mirrors.ts";
import type { PaymentMethodStore } from "./store.ts";

export function createReadPaymentMethod({
  stripe,
  clock,
  store,
  customers,
  forgotten,
  adopt,
  onForgotten,
}: {
  readonly stripe: Stripe;
  readonly clock: Clock;
  readonly store: PaymentMethodStore;
  readonly customers: CustomerStore;
  readonly forgotten: Pick<ForgottenStore, "hasNow">;
  /** Makes a customer of ours known that a webhook told of before our own call was answered. */
  readonly adopt: (stripeCustomerId: string) => Promise<void>;
  /** Hears of a card that someone who is forgotten has still. */
  readonly onForgotten: (tx: Tx, subjectId: string) => Promise<void>;
}): ReadMirror {
  return async (id) => {
    const method = await readOrNull(stripe.paymentMethods.retrieve(id));
    const customerId = idOf(method?.customer);
    if (method === null || customerId === null) return (tx) => store.remove(tx, id);
    await adopt(customerId);
    return async (tx) => {
      const owner = await customers.findByStripeId(tx, customerId);
      if (!owner) return;
      if (await forgotten.hasNow(tx, owner.subjectId)) return onForgotten(tx, owner.subjectId);
      const { card } = method;
      const stored = {
        id,
        subjectId: owner.subjectId,
        type: method.type,
        brand: card?.brand ?? null,
        last4: card?.last4 ?? method.us_bank_account?.last4 ?? method.sepa_debit?.last4 ?? null,
        expMonth: card?.exp_month ?? null,
        expYear: card?.exp_year ?? null,
        createdAt: fromUnix(method.created),
      };
      await store.put(tx, stored, clock.now());
    };
  };
}
