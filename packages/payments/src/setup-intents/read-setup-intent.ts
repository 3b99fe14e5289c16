/** From Stripe's setup intent to ours. */
import type { FactEmitter } from "@revops/core";
import type { Tx } from "@revops/database";
import type Stripe from "stripe";
import type { CustomerStore } from "../customers/store.ts";
import type { PaymentsFacts } from "../facts.ts";
import { fromUnix, idOf } from "../gateway/objects.ts";
import { readOrNull } from "../gateway/refusal.ts";
import type { ReadMirror } from "../mirrors/mirrors.ts";
import type { SetupIntent } from "./setup-intent.ts";
import type { SetupIntentStore } from "./store.ts";

export function createReadSetupIntent(options: {
  readonly stripe: Stripe;
  readonly store: SetupIntentStore;
  readonly customers: CustomerStore;
  /** Makes a customer of ours known that a webhook told of before our own call was answered. */
  readonly adopt: (stripeCustomerId: string) => Promise<void>;
  readonly facts: FactEmitter<PaymentsFacts, Tx> | undefined;
  readonly onSucceeded: (tx: Tx, intent: SetupIntent) => Promise<void>;
}): ReadMirror {
  const { stripe, store, customers, adopt, facts, onSucceeded } = options;
  return async (id) => {
    const intent = await readOrNull(stripe.setupIntents.retrieve(id));
    const customerId = idOf(intent?.customer);
    if (intent === null || customerId === null) return async () => undefined;
    await adopt(customerId);
    return async (tx) => {
      const owner = await customers.findByStripeId(tx, customerId);
      if (!owner) return;
      const before = await store.find(tx, id);
      const open = intent.status !== "succeeded" && intent.status !== "canceled";
      const after: SetupIntent = {
        id,
        subjectId: owner.subjectId,
        // The SDK leaves room for states to come; the column and its readers take any text.
        status: intent.status as SetupIntent["status"],
        paymentMethodId: idOf(intent.payment_method),
        clientSecret: open ? intent.client_secret : null,
        failureCode: intent.last_setup_error?.decline_code ?? intent.last_setup_error?.code ?? null,
        createdAt: fromUnix(intent.created),
      };
      await store.put(tx, after);
      if (after.status === "succeeded" && before?.status !== "succeeded") {
        await onSucceeded(tx, after);
        await facts?.emit(tx, "setup_intent.succeeded", { setupIntent: after });
      }
      if (after.failureCode !== null && before?.failureCode !== after.failureCode) {
        await facts?.emit(tx, "setup_intent.failed", { setupIntent: after });
      }
    };
  };
}
