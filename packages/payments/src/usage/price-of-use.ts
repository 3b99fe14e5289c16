/** What a price of Stripe's comes to. https://docs.stripe.com/products-prices/pricing-models Pure. */
import { type Decimal, decimal, toMinorUnits } from "@revops/core";
import type { UsageCharge } from "../plans/plan.ts";

/** In minor units, rounded once, half up, as Stripe rounds a line. */
export function priceOfUse(charge: UsageCharge, charged: string): number {
  return toMinorUnits(exactPrice(charge, decimal(charged)), "half-up");
}

function exactPrice(charge: UsageCharge, quantity: Decimal): Decimal {
  switch (charge.model) {
    case "per_unit":
      return quantity.times(decimal(charge.unitAmount));
    case "package":
      return decimal(charge.amount).times(decimal(packages(quantity, charge)));
    case "volume": {
      const step = charge.tiers.find(({ upTo }) => upTo === null || quantity.lte(decimal(upTo)));
      return step ? quantity.times(decimal(step.unitAmount)).plus(decimal(step.flatAmount)) : decimal(0);
    }
    case "graduated":
      return charge.tiers.reduce((sum, { upTo, unitAmount, flatAmount }, index) => {
        const from = decimal(charge.tiers[index - 1]?.upTo ?? 0);
        // The first step is reached by nothing, too.
        if (index > 0 && quantity.lte(from)) return sum;
        const to = upTo === null || quantity.lte(decimal(upTo)) ? quantity : decimal(upTo);
        return sum.plus(to.minus(from).times(decimal(unitAmount))).plus(decimal(flatAmount));
      }, decimal(0));
  }
}

/** Stripe's packages are of whole units. */
function packages(quantity: Decimal, { size, rounding }: Extract<UsageCharge, { readonly model: "package" }>): bigint {
  const [whole = "0", fraction = ""] = quantity.toString().split(".");
  const [units, each] = [BigInt(whole), BigInt(size)];
  const isBegun = units % each > 0n || /[1-9]/.test(fraction);
  return units / each + (isBegun && rounding === "up" ? 1n : 0n);
}
