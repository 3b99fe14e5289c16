/** From Stripe's checkout session to ours; what it led to is brought up to date first. */
import type { FactEmitter } from "@revops/core";
import type { Tx } from "@revops/database";
import type Stripe from "stripe";
import type { CustomerStore } from "../customers/store.ts";
import type { PaymentsFacts } from "../facts.ts";
import { fromUnix, idOf } from "../gateway/objects.ts";
import { readOrNull } from "../gateway/refusal.ts";
import type { MirrorTarget, ReadMirror } from "../mirrors/mirrors.ts";
import { tierMark } from "../plans/names.ts";
import type { CheckoutSession } from "./checkout-session.ts";
import type { CheckoutStore } from "./store.ts";

export function createReadCheckout(options: {
  readonly stripe: Stripe;
  readonly store: CheckoutStore;
  readonly customers: CustomerStore;
  /** Makes a customer of ours known that a webhook told of before our own call was answered. */
  readonly adopt: (stripeCustomerId: string) => Promise<void>;
  readonly sync: (target: MirrorTarget) => Promise<void>;
  readonly facts: FactEmitter<PaymentsFacts, Tx> | undefined;
}): ReadMirror {
  const { stripe, store, customers, adopt, sync, facts } = options;
  return async (id) => {
    const session = await readOrNull(stripe.checkout.sessions.retrieve(id));
    if (session === null) return async () => undefined;
    const made = madeBy(session);
    if (made) await sync(made);
    const customerId = idOf(session.customer);
    if (customerId === null) return async () => undefined;
    await adopt(customerId);
    return async (tx) => {
      const owner = await customers.findByStripeId(tx, customerId);
      if (!owner) return;
      const before = await store.find(tx, id);
      const after: CheckoutSession = {
        id,
        subjectId: owner.subjectId,
        status: ended.find((known) => known === session.status) ?? "open",
        tier: session.metadata?.[tierMark] ?? null,
        stripeSubscriptionId: idOf(session.subscription),
        createdAt: fromUnix(session.created),
        expiresAt: fromUnix(session.expires_at),
      };
      await store.put(tx, after);
      if (before?.status === after.status || after.status === "open") return;
      await facts?.emit(tx, after.status === "complete" ? "checkout.completed" : "checkout.expired", {
        session: after,
      });
    };
  };
}

const ended = ["complete", "expired"] as const;

function madeBy(session: Stripe.Checkout.Session): MirrorTarget | null {
  const { subscription, payment_intent: intent, setup_intent: setup } = session;
  const [subscriptionId, intentId, setupId] = [idOf(subscription), idOf(intent), idOf(setup)];
  if (subscriptionId !== null) return { kind: "subscription", id: subscriptionId };
  if (intentId !== null) return { kind: "payment_intent", id: intentId };
  return setupId === null ? null : { kind: "setup_intent", id: setupId };
}
