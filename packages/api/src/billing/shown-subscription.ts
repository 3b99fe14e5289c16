/** A subscription as a client sees it, whether Stripe knows of one or not. */
import type { Entitlement, EntitlementStatus, Saas } from "@revops/saas";
import type { ApiServices } from "../services.ts";

export interface ShownSubscription {
  readonly tier: string;
  readonly status: EntitlementStatus;
  readonly currentPeriodStart: Date;
  readonly currentPeriodEnd: Date;
  readonly cancelAtPeriodEnd: boolean;
  readonly pendingTier: string | null;
  readonly price: { readonly amount: number; readonly currency: string } | null;
}

/**
 * What a subject has now: the subscription at Stripe; without one, the tier that was given to them, in its own cycles
 * and at its listed price. Everyone has that much, so a free user is no 404.
 */
export async function subscriptionOf(
  { payments, saas }: Pick<ApiServices, "payments" | "saas">,
  subjectId: string,
): Promise<ShownSubscription> {
  const entitlement = await saas.entitlements.of(subjectId);
  // What was sold by hand stands above what Stripe still bills.
  if (entitlement.pinned) return ofEntitlement(entitlement);
  const subscription = await payments.subscriptions.get(subjectId);
  return subscription ? withPendingTier(subscription, saas) : ofEntitlement(entitlement);
}

/** Stripe calls a downgrade to what costs nothing a cancellation. To a client it is a downgrade: the lowest tier is pending. */
export function withPendingTier<Shown extends ShownSubscription>(
  subscription: Shown,
  { plans }: Pick<Saas, "plans">,
): Shown {
  const ends = subscription.cancelAtPeriodEnd && subscription.status !== "canceled";
  return ends ? { ...subscription, pendingTier: plans.base.id } : subscription;
}

function ofEntitlement({ tier, status, period, plan, scheduled }: Entitlement): ShownSubscription {
  return {
    tier,
    status,
    currentPeriodStart: period.start,
    currentPeriodEnd: period.end,
    cancelAtPeriodEnd: false,
    pendingTier: scheduled?.tier ?? null,
    price: plan.price,
  };
}
