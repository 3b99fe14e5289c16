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
  const subscription = await payments.subscriptions.get(subjectId);
  return subscription ?? ofEntitlement(await saas.entitlements.of(subjectId), saas);
}

function ofEntitlement({ tier, status, period }: Entitlement, { plans }: Pick<Saas, "plans">): ShownSubscription {
  return {
    tier,
    status,
    currentPeriodStart: period.start,
    currentPeriodEnd: period.end,
    cancelAtPeriodEnd: false,
    pendingTier: null,
    price: plans.tier(tier).price,
  };
}
