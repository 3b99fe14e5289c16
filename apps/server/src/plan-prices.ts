import type { Money } from "@revops/core";
import type { AddOnPrice, PlanPrice, UsageCharge, UsagePrice } from "@revops/payments";
import type { Plans } from "@revops/saas";

type Tier = Plans["tiers"][number];
type Charge = NonNullable<NonNullable<Tier["rules"][string]>["charge"]>;

/** The tiers that are sold at a price of their own, as Stripe is to know them. Free needs no price, a custom one has none. */
export function planPrices({ tiers, features }: Pick<Plans, "tiers" | "features">): PlanPrice[] {
  return tiers.flatMap(({ id, name, level, price, interval, rules }) => {
    if (!isSold(price)) return [];
    const usage = features.flatMap((feature): UsagePrice[] => {
      const charge = usageCharge(rules[feature.id]?.charge ?? null);
      return charge === null ? [] : [{ feature: feature.id, name: feature.name, charge }];
    });
    return [{ tier: id, name, level, price, interval, usage }];
  });
}

/** Add-ons, for each interval that a tier is sold in. */
export function addOnPrices({ tiers, addOns }: Pick<Plans, "tiers" | "addOns">): AddOnPrice[] {
  const intervals = new Set(tiers.filter(({ price }) => isSold(price)).map(({ interval }) => interval));
  return [...intervals].flatMap((interval) =>
    addOns.map(({ id: addOn, name, price }) => ({ addOn, name, price, interval })),
  );
}

/** Seats and flat amounts follow the time, not a quantity: statements bill them by their amount. */
function usageCharge(charge: Charge | null): UsageCharge | null {
  return charge === null || charge.model === "flat" || charge.model === "per_seat" ? null : charge;
}

function isSold(price: Money | null): price is Money {
  return price !== null && price.amount > 0;
}
