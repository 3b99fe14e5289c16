/** Who hears of what: the only place where the packages meet. Each handler runs in the transaction of the fact. */
import type { AuthFacts } from "@revops/auth";
import type { Facts } from "@revops/core";
import type { Tx } from "@revops/database";
import type { Marketplace, MarketplaceFacts } from "@revops/marketplace";
import type { PaymentsFacts } from "@revops/payments";
import type { Saas, SaasFacts } from "@revops/saas";

export type ServerFacts = AuthFacts & PaymentsFacts & SaasFacts & MarketplaceFacts;

export function wire(
  facts: Facts<ServerFacts, Tx>,
  { saas, marketplace }: { saas: Saas; marketplace: Marketplace },
): void {
  facts.on(
    "user.registered",
    async (tx, { userId, at }) => void (await saas.entitlements.open({ subjectId: userId, at }, tx)),
  );

  facts.on("subscription.changed", async (tx, { subscription }) => {
    const { subjectId, tier, status, interval } = subscription;
    const { billingCycleAnchor: anchor, currentPeriodStart: start, currentPeriodEnd: end } = subscription;
    await saas.entitlements.assign({ subjectId, tier, status, period: { anchor, interval, start, end } }, tx);
  });
  facts.on(
    "subscription.ended",
    async (tx, { subjectId, at }) => void (await saas.entitlements.end({ subjectId, at }, tx)),
  );

  // A payment's reference is the order that it pays; settling what is no order of the marketplace changes nothing.
  facts.on("payment.succeeded", async (tx, { payment }) => {
    await marketplace.orders.settle({ orderId: payment.reference, paymentId: payment.id, outcome: "succeeded" }, tx);
  });
  facts.on("payment.failed", async (tx, { payment }) => {
    await marketplace.orders.settle({ orderId: payment.reference, paymentId: payment.id, outcome: "failed" }, tx);
  });
}
