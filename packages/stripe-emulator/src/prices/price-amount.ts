import type Stripe from "stripe";
import { divideRounded, type ExactAmount, readDecimal } from "./decimals.ts";

function exact(integer: number | null, decimal: Stripe.Decimal | null): ExactAmount {
  if (decimal !== null) return readDecimal(String(decimal));
  return { units: BigInt(integer ?? 0), scale: 0 };
}

function sum(parts: readonly { amount: ExactAmount; times: bigint }[]): bigint {
  const scale = Math.max(0, ...parts.map((part) => part.amount.scale));
  const total = parts.reduce(
    (all, { amount, times }) => all + amount.units * times * 10n ** BigInt(scale - amount.scale),
    0n,
  );
  return divideRounded(total, 10n ** BigInt(scale));
}

/**
 * What a quantity of a price costs, in minor units, exact until the one rounding at the end.
 * Tiers: `volume` prices all units by the tier the quantity falls in, `graduated` each unit by its own tier; flat amounts
 * come on top. `transform_quantity` (packages) divides first. Source: https://docs.stripe.com/products-prices/pricing-models
 */
export function priceAmount(price: Stripe.Price, quantity: number): bigint {
  if (price.billing_scheme !== "tiered") {
    const transform = price.transform_quantity;
    const units =
      transform === null
        ? quantity
        : transform.round === "up"
          ? Math.ceil(quantity / transform.divide_by)
          : Math.floor(quantity / transform.divide_by);
    return sum([{ amount: exact(price.unit_amount, price.unit_amount_decimal), times: BigInt(units) }]);
  }
  const tiers = price.tiers ?? [];
  const parts: { amount: ExactAmount; times: bigint }[] = [];
  let below = 0;
  for (const tier of tiers) {
    const reaches = tier.up_to === null || quantity <= tier.up_to;
    const graduated = price.tiers_mode === "graduated";
    if (graduated || reaches) {
      const units = graduated ? Math.min(quantity, tier.up_to ?? quantity) - below : quantity;
      parts.push({ amount: exact(tier.unit_amount, tier.unit_amount_decimal), times: BigInt(units) });
      parts.push({ amount: exact(tier.flat_amount, tier.flat_amount_decimal), times: 1n });
    }
    if (reaches) break;
    below = tier.up_to ?? quantity;
  }
  return sum(parts);
}
