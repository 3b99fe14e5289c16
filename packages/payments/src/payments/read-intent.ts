/** From Stripe's payment intent to our payment, and the facts that follow from it. */
import type { Clock, FactEmitter } from "@revops/core";
import type { Tx } from "@revops/database";
import type Stripe from "stripe";
import type { PaymentsFacts } from "../facts.ts";
import { readOrNull } from "../gateway/refusal.ts";
import type { ReadMirror } from "../mirrors/mirrors.ts";
import { paymentMark, stateOf } from "./intent-state.ts";
import type { Payment } from "./payment.ts";
import type { PaymentStore, StoredPayment } from "./store.ts";

/** Without what callers are not shown. */
export function toPublic({ failureCode: _, ...payment }: StoredPayment): Payment {
  return payment;
}

export function createReadIntent(options: {
  readonly stripe: Stripe;
  readonly clock: Clock;
  readonly store: PaymentStore;
  readonly facts: FactEmitter<PaymentsFacts, Tx> | undefined;
  /** Whether a call for this payment is open: its answer, not ours, tells whether this try failed. */
  readonly isTrying: (tx: Tx, paymentId: string) => Promise<boolean>;
}): ReadMirror {
  const { stripe, clock, store, facts, isTrying } = options;
  return async (id) => {
    const intent = await readOrNull(stripe.paymentIntents.retrieve(id, { expand: ["latest_charge"] }));
    const paymentId = intent?.metadata[paymentMark];
    return async (tx) => {
      // Intents that we did not make, such as those of invoices, are not payments of ours.
      const before = intent && paymentId !== undefined ? await store.find(tx, paymentId) : null;
      if (!intent || !before || (before.stripePaymentIntentId ?? id) !== id) return;
      const seen = stateOf(intent);
      const trying = seen.status === "failed" && before.status !== "failed" && (await isTrying(tx, before.id));
      const state = trying ? { ...seen, status: before.status } : seen;
      const settled = state.status === "succeeded" || state.status === "failed";
      const payment = await store.update(tx, before.id, state, settled ? clock.now() : null);
      if (!payment || before.status === payment.status) return;
      if (payment.status === "succeeded") await facts?.emit(tx, "payment.succeeded", { payment: toPublic(payment) });
      if (payment.status === "failed") {
        const { declineCode } = payment;
        await facts?.emit(tx, "payment.failed", { payment: toPublic(payment), declineCode });
      }
    };
  };
}
