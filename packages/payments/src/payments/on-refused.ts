/** A charge that was not carried out leaves its payment failed, so that it can be tried again. */
import type { Clock, FactEmitter } from "@revops/core";
import type { Tx } from "@revops/database";
import type { Call } from "../calls/call.ts";
import type { OnRefused } from "../calls/calls.ts";
import type { PaymentsFacts } from "../facts.ts";
import { paymentMark } from "./intent-state.ts";
import { toPublic } from "./read-intent.ts";
import type { PaymentStore } from "./store.ts";

export function createOnRefused(options: {
  readonly clock: Clock;
  readonly store: PaymentStore;
  readonly facts: FactEmitter<PaymentsFacts, Tx> | undefined;
}): OnRefused {
  const { clock, store, facts } = options;

  async function paymentOf(tx: Tx, { operation, params }: Call): Promise<string | null> {
    if (operation === "payment_intent.create" && "metadata" in params && typeof params.metadata === "object") {
      return params.metadata?.[paymentMark]?.toString() ?? null;
    }
    if (operation !== "payment_intent.confirm" || !("id" in params)) return null;
    return (await store.findByStripeId(tx, params.id))?.id ?? null;
  }

  return async (tx, call, { code, declineCode }) => {
    const id = await paymentOf(tx, call);
    if (id === null) return;
    const payment = await store.fail(tx, id, { declineCode, failureCode: code, settledAt: clock.now() });
    if (payment) await facts?.emit(tx, "payment.failed", { payment: toPublic(payment), declineCode });
  };
}
