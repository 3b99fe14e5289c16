import type { Money } from "@revops/core";
import type { PlanPrice } from "@revops/payments";
import type { Plans } from "@revops/saas";

/** The tiers that are sold at a price of their own, as Stripe is to know them. Free needs no price, a custom one has none. */
export function planPrices(plans: Pick<Plans, "tiers">): PlanPrice[] {
  return plans.tiers.flatMap(({ id, name, level, price, interval }) =>
    isSold(price) ? [{ tier: id, name, level, price, interval }] : [],
  );
}

function isSold(price: Money | null): price is Money {
  return price !== null && price.amount > 0;
}
