import type Stripe from "stripe";
import { divideRounded, type ExactAmount, readDecimal } from "./decimals.ts";

function exact(integer: number | null, decimal: Stripe.Decimal | null): ExactAmount {
  if (decimal !== null) return readDecimal(String(decimal));
  return { units: BigInt(integer ?? 0), scale: 0 };
}

interface Part {
  amount: ExactAmount;
  times: ExactAmount;
}
const once: ExactAmount = { units: 1n, scale: 0 };

/** The exact sum of the products, rounded once. */
function sum(parts: readonly Part[]): bigint {
  const scale = Math.max(0, ...parts.map(({ amount, times }) => amount.scale + times.scale));
  const total = parts.reduce(
    (all, { amount, times }) => all + amount.units * times.units * 10n ** BigInt(scale - amount.scale - times.scale),
    0n,
  );
  return divideRounded(total, 10n ** BigInt(scale));
}

/** Whole packages in a quantity. */
function packages(quantity: ExactAmount, { divide_by, round }: Stripe.Price.TransformQuantity): ExactAmount {
  const size = BigInt(divide_by) * 10n ** BigInt(quantity.scale);
  const full = quantity.units / size;
  const begun = round === "up" && quantity.units % size > 0n ? 1n : 0n;
  return { units: full + begun, scale: 0 };
}

/** Stripe's `up_to` in the scale of a quantity; null is beyond all. */
function bound(tier: Stripe.Price.Tier, quantity: ExactAmount): bigint | null {
  return tier.up_to === null ? null : BigInt(tier.up_to) * 10n ** BigInt(quantity.scale);
}

/**
 * What a quantity of a price costs, in minor units, exact until the one rounding at the end. A metered quantity may be a fraction.
 * Tiers: `volume` prices all units by the tier the quantity falls in, `graduated` each unit by its own tier; flat amounts
 * come on top, that of the first tier also when nothing was used. `transform_quantity` (packages) divides first. Source: https://docs.stripe.com/products-prices/pricing-models
 */
export function priceAmount(price: Stripe.Price, given: number | ExactAmount): bigint {
  const quantity = typeof given === "number" ? { units: BigInt(given), scale: 0 } : given;
  if (price.billing_scheme !== "tiered") {
    const times = price.transform_quantity === null ? quantity : packages(quantity, price.transform_quantity);
    return sum([{ amount: exact(price.unit_amount, price.unit_amount_decimal), times }]);
  }
  const graduated = price.tiers_mode === "graduated";
  const parts: Part[] = [];
  let below = 0n;
  for (const tier of price.tiers ?? []) {
    const top = bound(tier, quantity);
    const reaches = top === null || quantity.units <= top;
    if (graduated || reaches) {
      const units = graduated ? (reaches ? quantity.units : top) - below : quantity.units;
      parts.push({
        amount: exact(tier.unit_amount, tier.unit_amount_decimal),
        times: { units, scale: quantity.scale },
      });
      parts.push({ amount: exact(tier.flat_amount, tier.flat_amount_decimal), times: once });
    }
    if (reaches) break;
    below = top;
  }
  return sum(parts);
}
