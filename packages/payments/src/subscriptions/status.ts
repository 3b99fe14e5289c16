/** What a subscription's status means. https://docs.stripe.com/billing/subscriptions/overview#subscription-statuses */
import type { Subscription, SubscriptionStatus } from "./subscription.ts";

export const endedStatuses = ["canceled", "incomplete_expired"] as const satisfies readonly SubscriptionStatus[];

/** It is over and will not come back. */
export function hasEnded({ status }: Pick<Subscription, "status">): boolean {
  return status === "canceled" || status === "incomplete_expired";
}

/** Its first payment went through (or a trial began), so that something was granted. */
export function wasGranted({ status }: Pick<Subscription, "status">): boolean {
  return status !== "incomplete" && status !== "incomplete_expired";
}

/** It is paid for, or in the days of grace in which Stripe tries again. */
export function grantsAccess({ status }: Pick<Subscription, "status">): boolean {
  return status === "active" || status === "trialing" || status === "past_due";
}

/** Whether this living subscription ends, or gets a lower tier, with its period. */
export function changesAtPeriodEnd({
  cancelAtPeriodEnd,
  pendingTier,
}: Pick<Subscription, "cancelAtPeriodEnd" | "pendingTier">): boolean {
  return cancelAtPeriodEnd || pendingTier !== null;
}
