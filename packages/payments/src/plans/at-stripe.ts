import { paymentsErrors } from "../errors.ts";
import type { StoredPlan } from "./store.ts";

/**
 * A plan that can be bought: it has a price, and Stripe was told of it.
 * @throws `unknown_plan`, `contact_sales` where the price is negotiated, `stripe_unavailable` until Stripe was told
 */
export function planAtStripe(tier: string, plan: StoredPlan | null): StoredPlan & { readonly stripePriceId: string } {
  if (!plan) throw paymentsErrors.unknown_plan({ detail: `There is no plan "${tier}".` });
  const { stripePriceId, price } = plan;
  if (stripePriceId !== null) return { ...plan, stripePriceId };
  if (price === null || price.amount === 0) throw paymentsErrors.contact_sales();
  throw paymentsErrors.stripe_unavailable({ detail: `Stripe could not be told of the plan "${tier}" yet.` });
}
