/** Giving up a payment that was not taken. */
import type { Database } from "@revops/database";
import type { Calls } from "../calls/calls.ts";
import { paymentsErrors } from "../errors.ts";
import { purposeOf } from "./charge.ts";
import type { Payment } from "./payment.ts";
import { type PaymentStore, toPublic } from "./store.ts";

export function createCancelPayment(options: {
  readonly database: Database;
  readonly store: PaymentStore;
  readonly calls: Calls;
}): (reference: string) => Promise<Payment> {
  const { database, store, calls } = options;
  return async (reference) => {
    const known = await store.findByReference(database, reference);
    if (!known) throw paymentsErrors.payment_not_found();
    await calls.finish(purposeOf(known.id));
    const payment = await store.find(database, known.id);
    if (!payment) throw paymentsErrors.payment_not_found();
    const { id, subjectId, status, stripePaymentIntentId } = payment;
    if (status === "canceled") return toPublic(payment);
    if (status === "succeeded" || stripePaymentIntentId === null) {
      throw paymentsErrors.payment_not_cancelable({ detail: `It is "${status}"; what was paid is refunded.` });
    }
    const params = { id: stripePaymentIntentId };
    await calls.perform({ operation: "payment_intent.cancel", params, subjectId, purpose: purposeOf(id) });
    return toPublic((await store.find(database, id)) ?? payment);
  };
}
